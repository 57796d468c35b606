/*
 * What calls into the C library cost, and what mastering and writing a clip cost beside libsndfile and libmp3lame.
 *
 *     capi RAW RATE FOLDER     RAW: floats, left then right
 *
 * Prints JSON: nanoseconds of calls that do nothing, and the fastest milliseconds of five runs.
 */
#define _GNU_SOURCE
#include <lacquer.h>
#include <lame/lame.h>
#include <sndfile.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NUM_RUNS 5
#define NUM_CALLS 20000000

static double now_s(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void check(int is_good, const char *what) {
    if (!is_good) {
        char words[512];
        lacquer_last_error(words, sizeof words);
        fprintf(stderr, "%s failed: %s\n", what, words);
        exit(1);
    }
}

static struct {
    float *planes[2], *mixed, *out[2];
    size_t len;
    int rate_hz;
    char path[512];
} clip;

static void ours_master(void) {
    const float *in[2] = {clip.planes[0], clip.planes[1]};
    check(lacquer_master(in, 2, clip.len, (uint32_t)clip.rate_hz, NULL, clip.out, NULL, NULL) == LACQUER_OK, "lacquer_master");
}

static void ours_wav(void) {
    const float *in[2] = {clip.planes[0], clip.planes[1]};
    check(lacquer_save_wav(clip.path, in, 2, clip.len, (uint32_t)clip.rate_hz, LACQUER_INT24) == LACQUER_OK, "lacquer_save_wav");
}

static void ours_flac(void) {
    const float *in[2] = {clip.planes[0], clip.planes[1]};
    check(lacquer_save_flac(clip.path, in, 2, clip.len, (uint32_t)clip.rate_hz, LACQUER_INT24) == LACQUER_OK, "lacquer_save_flac");
}

static void ours_mp3(void) {
    const float *in[2] = {clip.planes[0], clip.planes[1]};
    check(lacquer_save_mp3(clip.path, in, 2, clip.len, (uint32_t)clip.rate_hz, 320) == LACQUER_OK, "lacquer_save_mp3");
}

/* Ours see to it that the file is on the disk before it takes its place, so theirs do too. */
static void synced(const char *what) {
    FILE *file = fopen(clip.path, "rb");
    check(file != NULL && fsync(fileno(file)) == 0 && fclose(file) == 0, what);
}

static void sndfile(int format) {
    SF_INFO info = {.samplerate = clip.rate_hz, .channels = 2, .format = format};
    SNDFILE *file = sf_open(clip.path, SFM_WRITE, &info);
    check(file != NULL, "sf_open");
    check(sf_writef_float(file, clip.mixed, (sf_count_t)clip.len) == (sf_count_t)clip.len, "sf_writef_float");
    check(sf_close(file) == 0, "sf_close");
    synced("fsync");
}

static void sndfile_wav(void) {
    sndfile(SF_FORMAT_WAV | SF_FORMAT_PCM_24);
}

static void sndfile_flac(void) {
    sndfile(SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
}

static void lame_mp3(void) {
    lame_t lame = lame_init();
    size_t room = clip.len * 5 / 4 + 7200, at = 0;
    unsigned char *bytes = malloc(room);
    check(lame != NULL && bytes != NULL, "lame_init");
    lame_set_in_samplerate(lame, clip.rate_hz);
    lame_set_num_channels(lame, 2);
    lame_set_brate(lame, 320);
    lame_set_quality(lame, 3);
    check(lame_init_params(lame) >= 0, "lame_init_params");
    at += (size_t)lame_encode_buffer_ieee_float(lame, clip.planes[0], clip.planes[1], (int)clip.len, bytes, (int)room);
    at += (size_t)lame_encode_flush(lame, bytes + at, (int)(room - at));
    FILE *file = fopen(clip.path, "wb");
    check(file != NULL && fwrite(bytes, 1, at, file) == at && fclose(file) == 0, "fwrite");
    lame_close(lame);
    free(bytes);
    synced("fsync");
}

static double fastest_ms(void (*work)(void)) {
    double best = 1e9;
    for (int run = 0; run < NUM_RUNS; run++) {
        double began = now_s();
        work();
        double ms = 1000.0 * (now_s() - began);
        best = ms < best ? ms : best;
    }
    return best;
}

static long num_bytes(void) {
    FILE *file = fopen(clip.path, "rb");
    check(file != NULL && fseek(file, 0, SEEK_END) == 0, "fseek");
    long bytes = ftell(file);
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    FILE *file = fopen(argv[1], "rb");
    check(file != NULL && fseek(file, 0, SEEK_END) == 0, "the audio");
    clip.len = (size_t)ftell(file) / sizeof(float) / 2;
    clip.rate_hz = atoi(argv[2]);
    rewind(file);
    float *samples = malloc(2 * clip.len * sizeof *samples);
    clip.mixed = malloc(2 * clip.len * sizeof *samples);
    clip.out[0] = malloc(clip.len * sizeof *samples);
    clip.out[1] = malloc(clip.len * sizeof *samples);
    check(samples != NULL && clip.mixed != NULL && clip.out[0] != NULL && clip.out[1] != NULL, "memory");
    check(fread(samples, sizeof *samples, 2 * clip.len, file) == 2 * clip.len, "the audio");
    fclose(file);
    clip.planes[0] = samples;
    clip.planes[1] = samples + clip.len;
    for (size_t n = 0; n < clip.len; n++) {
        clip.mixed[2 * n] = clip.planes[0][n];
        clip.mixed[2 * n + 1] = clip.planes[1][n];
    }

    lacquer_engine *engine;
    check(lacquer_engine_create(clip.rate_hz, 2, 512, LACQUER_LATENCY_LIVE, &engine) == LACQUER_OK, "an engine");
    size_t latency;
    double began = now_s();
    for (int call = 0; call < NUM_CALLS; call++) {
        check(lacquer_engine_process(engine, clip.mixed, 0) == LACQUER_OK, "an empty block");
    }
    double empty_ns = 1e9 * (now_s() - began) / NUM_CALLS;
    began = now_s();
    for (int call = 0; call < NUM_CALLS; call++) {
        check(lacquer_engine_latency(engine, &latency) == LACQUER_OK, "the latency");
    }
    double getter_ns = 1e9 * (now_s() - began) / NUM_CALLS;
    lacquer_engine_destroy(engine);

    const struct {
        const char *name, *ending;
        void (*work)(void);
    } works[] = {{"ours_wav", "wav", ours_wav},    {"sndfile_wav", "wav", sndfile_wav}, {"ours_flac", "flac", ours_flac},
                 {"sndfile_flac", "flac", sndfile_flac}, {"ours_mp3", "mp3", ours_mp3}, {"lame_mp3", "mp3", lame_mp3}};
    printf("{\"empty_ns\": %.2f, \"getter_ns\": %.2f, \"master_ms\": %.1f", empty_ns, getter_ns, fastest_ms(ours_master));
    for (size_t n = 0; n < sizeof works / sizeof *works; n++) {
        snprintf(clip.path, sizeof clip.path, "%s/%s.%s", argv[3], works[n].name, works[n].ending);
        double ms = fastest_ms(works[n].work);
        printf(", \"%s\": {\"ms\": %.1f, \"bytes\": %ld}", works[n].name, ms, num_bytes());
        fflush(stdout);
    }
    puts("}");
    return 0;
}
