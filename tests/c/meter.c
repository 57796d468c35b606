/*
 * Plays audio to a meter of the library, and prints what it reads.
 *
 *     meter RATE_HZ NUM_CHANNELS FILE     FILE has float samples, one channel after the other
 *
 * A line for each 10 ms: momentary and short-term loudness. Then, after the end, one of all figures: momentary, short-term, integrated,
 * highest momentary and short-term loudness, range, true peak.
 */
#include <lacquer.h>

#include <stdio.h>
#include <stdlib.h>

static void check(lacquer_status status) {
    if (status != LACQUER_OK) {
        char words[512];
        lacquer_last_error(words, sizeof words);
        fprintf(stderr, "%s\n", words);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    double rate_hz = atof(argv[1]);
    unsigned channels = (unsigned)atoi(argv[2]);
    FILE *file = fopen(argv[3], "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || channels == 0 || channels > 24) {
        return 1;
    }
    size_t num_samples = (size_t)ftell(file) / sizeof(float), len = num_samples / channels;
    float *samples = malloc(num_samples * sizeof *samples);
    rewind(file);
    if (samples == NULL || fread(samples, sizeof *samples, num_samples, file) != num_samples) {
        return 1;
    }
    fclose(file);
    lacquer_meter *meter;
    lacquer_loudness read;
    check(lacquer_meter_create(rate_hz, channels, 0, &meter));
    size_t step = (size_t)(rate_hz / 100.0);
    for (size_t start = 0; start < len; start += step) {
        const float *planes[24];
        for (unsigned c = 0; c < channels; c++) {
            planes[c] = samples + c * len + start;
        }
        check(lacquer_meter_process_planar(meter, planes, channels, len - start < step ? len - start : step));
        check(lacquer_meter_read(meter, &read));
        printf("%.17g %.17g\n", read.momentary_lufs, read.short_term_lufs);
    }
    check(lacquer_meter_finish(meter));
    check(lacquer_meter_read(meter, &read));
    printf("%.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", read.momentary_lufs, read.short_term_lufs, read.integrated_lufs,
           read.max_momentary_lufs, read.max_short_term_lufs, read.range_lu, read.true_peak_dbtp);
    lacquer_meter_destroy(meter);
    free(samples);
    return 0;
}
