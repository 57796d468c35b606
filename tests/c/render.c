/*
 * Renders raw audio through the library, for a test that compares its bits.
 *
 *     render ENGINE  PRESET RATE CHANNELS BLOCK IN OUT    an engine, in place; a BLOCK below 0 is interleaved
 *     render MASTER  PRESET RATE CHANNELS 0     IN OUT    lacquer_master
 *
 * Files are floats, one channel after another. Prints the latency in samples.
 */
#include <lacquer.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(lacquer_status status) {
    if (status != LACQUER_OK) {
        char words[512];
        lacquer_last_error(words, sizeof words);
        fprintf(stderr, "%s: %s\n", lacquer_status_text(status), words);
        exit(1);
    }
}

static void engine(const char *preset, double rate_hz, unsigned channels, long block, float *planes[2], size_t len) {
    lacquer_engine *engine;
    size_t latency, step = (size_t)(block < 0 ? -block : block);
    check(lacquer_engine_create(rate_hz, channels, 512, LACQUER_LATENCY_QUALITY, &engine));
    check(lacquer_engine_load_preset(engine, preset));
    check(lacquer_engine_latency(engine, &latency));
    printf("%zu\n", latency);
    float *mixed = malloc(step * channels * sizeof *mixed);
    if (mixed == NULL) {
        exit(1);
    }
    for (size_t start = 0; start < len; start += step) {
        size_t now = len - start < step ? len - start : step;
        float *part[2] = {planes[0] + start, planes[1] + start};
        if (block > 0) {
            check(lacquer_engine_process_planar(engine, part, channels, now));
            continue;
        }
        for (size_t n = 0; n < now * channels; n++) {
            mixed[n] = part[n % channels][n / channels];
        }
        check(lacquer_engine_process(engine, mixed, now));
        for (size_t n = 0; n < now * channels; n++) {
            part[n % channels][n / channels] = mixed[n];
        }
    }
    free(mixed);
    lacquer_engine_destroy(engine);
}

static void master(const char *preset, double rate_hz, unsigned channels, float *planes[2], size_t len) {
    lacquer_master_options options;
    check(lacquer_master_options_default(&options));
    options.preset = preset;
    check(lacquer_master((const float *const *)planes, channels, len, (uint32_t)rate_hz, &options, planes, NULL, NULL));
    printf("0\n");
}

int main(int argc, char **argv) {
    if (argc != 8) {
        return 2;
    }
    double rate_hz = atof(argv[3]);
    unsigned channels = (unsigned)atoi(argv[4]);
    FILE *file = fopen(argv[6], "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        return 1;
    }
    size_t num_samples = (size_t)ftell(file) / sizeof(float), len = num_samples / channels;
    float *samples = malloc(num_samples * sizeof *samples);
    rewind(file);
    if (samples == NULL || fread(samples, sizeof *samples, num_samples, file) != num_samples) {
        return 1;
    }
    fclose(file);
    float *planes[2] = {samples, samples + (channels == 2 ? len : 0)};
    if (strcmp(argv[1], "ENGINE") == 0) {
        engine(argv[2], rate_hz, channels, atol(argv[5]), planes, len);
    } else {
        master(argv[2], rate_hz, channels, planes, len);
    }
    file = fopen(argv[7], "wb");
    if (file == NULL || fwrite(samples, sizeof *samples, num_samples, file) != num_samples || fclose(file) != 0) {
        return 1;
    }
    free(samples);
    return 0;
}
