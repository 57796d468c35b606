/*
 * Calls every function of the library as a careful program does, and as a careless one does.
 *
 *     api FOLDER        a folder that may be written to
 *
 * Ends with 0 when everything was as the header says; otherwise it names the line.
 */
#include <lacquer.h>

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 48000
#define LEN 96000

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            char words[512];                                                                                           \
            lacquer_last_error(words, sizeof words);                                                                   \
            fprintf(stderr, "%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition, words);                     \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define OK(call) CHECK((call) == LACQUER_OK)
#define REFUSED(status, call) CHECK((call) == (status) && strlen(last_error()) > 0)

static const char *last_error(void) {
    static _Thread_local char words[512];
    lacquer_last_error(words, sizeof words);
    return words;
}

/* Speech-like: a tone of 150 Hz with harmonics in syllables, and a little noise. */
static void fill(float *samples, size_t len, double level) {
    unsigned state = 1;
    for (size_t n = 0; n < len; n++) {
        double t = (double)n / RATE_HZ;
        double syllable = 0.5 + 0.5 * sin(2.0 * M_PI * 3.0 * t);
        double voice = sin(2.0 * M_PI * 150.0 * t) + 0.5 * sin(2.0 * M_PI * 1200.0 * t);
        state = state * 1664525u + 1013904223u;
        double noise = (double)(state >> 8) / (1 << 24) - 0.5;
        samples[n] = (float)(level * (syllable * voice + 0.02 * noise));
    }
}

static float *signal_of(size_t len, double level) {
    float *samples = malloc(len * sizeof *samples);
    CHECK(samples != NULL);
    fill(samples, len, level);
    return samples;
}

static void version(void) {
    uint32_t major, minor, patch, answer;
    char text[32];
    OK(lacquer_version_numbers(&major, &minor, &patch));
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, patch);
    CHECK(strcmp(text, lacquer_version()) == 0);
    OK(lacquer_ping(0x12345678u, &answer));
    CHECK(answer == ~0x12345678u);
    REFUSED(LACQUER_NULL_POINTER, lacquer_ping(1, NULL));
    bool has = false;
    OK(lacquer_has_feature("denoise", &has));
    CHECK(has);
    OK(lacquer_has_feature("mp3", &has));
    REFUSED(LACQUER_NOT_FOUND, lacquer_has_feature("teleport", &has));
    CHECK(strlen(lacquer_simd_level()) > 2);
    CHECK(strcmp(lacquer_status_text(LACQUER_OK), "ok") == 0);
    CHECK(strcmp(lacquer_status_text(-7), "unknown status") == 0 && strcmp(lacquer_status_text(9999), "unknown status") == 0);
    for (int status = LACQUER_OK; status <= LACQUER_INTERNAL_ERROR; status++) {
        CHECK(strcmp(lacquer_status_text(status), "unknown status") != 0);
    }
    /* The words are cut to what fits, and their whole length is told. */
    REFUSED(LACQUER_NOT_FOUND, lacquer_has_feature("teleport", &has));
    size_t whole = lacquer_last_error(NULL, 0);
    char little[5] = "xxxx";
    CHECK(lacquer_last_error(little, sizeof little) == whole && whole > 4 && little[4] == '\0');
}

static void table(void) {
    size_t count = lacquer_param_count();
    lacquer_param param;
    CHECK(count > 50);
    bool has_ceiling = false;
    for (size_t index = 0; index < count; index++) {
        OK(lacquer_param_describe(index, &param));
        CHECK(strlen(param.id) > 0 && strlen(param.name) > 0 && param.unit != NULL);
        CHECK(param.min <= param.default_value && param.default_value <= param.max);
        has_ceiling = has_ceiling || strcmp(param.id, "limiter.ceiling_dbtp") == 0;
    }
    CHECK(has_ceiling);
    REFUSED(LACQUER_NOT_FOUND, lacquer_param_describe(count, &param));
    REFUSED(LACQUER_NULL_POINTER, lacquer_param_describe(0, NULL));
    CHECK(lacquer_preset_count() > 5);
    for (size_t index = 0; index < lacquer_preset_count(); index++) {
        CHECK(strlen(lacquer_preset_name(index)) > 0);
    }
    CHECK(lacquer_preset_name(lacquer_preset_count()) == NULL);
}

static void engine_settings(lacquer_engine *engine) {
    double value;
    OK(lacquer_engine_get(engine, "limiter.ceiling_dbtp", &value));
    CHECK(value == -1.0);
    OK(lacquer_engine_set(engine, "limiter.ceiling_dbtp", -2.5));
    OK(lacquer_engine_get(engine, "limiter.ceiling_dbtp", &value));
    CHECK(value == -2.5);
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_set(engine, "limiter.ceiling_dbtp", 12.0));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_set(engine, "limiter.ceiling_dbtp", NAN));
    REFUSED(LACQUER_NOT_FOUND, lacquer_engine_set(engine, "limiter.ceiling", -1.0));
    CHECK(strstr(last_error(), "limiter.ceiling_dbtp") != NULL);
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_set(NULL, "limiter.ceiling_dbtp", -1.0));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_set(engine, NULL, -1.0));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_get(engine, "\xff\xfe", &value));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_get(engine, "limiter.ceiling_dbtp", NULL));
    OK(lacquer_engine_load_preset(engine, "podcast"));
    REFUSED(LACQUER_NOT_FOUND, lacquer_engine_load_preset(engine, "podcats"));
    const char toml[] = "version = 1\nname = \"Mine\"\n[limiter]\nceiling_dbtp = -3.0\n";
    OK(lacquer_engine_load_toml(engine, toml, strlen(toml)));
    OK(lacquer_engine_get(engine, "limiter.ceiling_dbtp", &value));
    CHECK(value == -3.0);
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_load_toml(engine, "version = ", 10));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_load_toml(engine, "\xff", 1));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_load_toml(engine, NULL, 3));
}

static void engine_audio(void) {
    lacquer_engine *engine, *planar;
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_create(100.0, 2, 512, LACQUER_LATENCY_LIVE, &engine));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_create(NAN, 2, 512, LACQUER_LATENCY_LIVE, &engine));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_create(RATE_HZ, 3, 512, LACQUER_LATENCY_LIVE, &engine));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_create(RATE_HZ, 2, 0, LACQUER_LATENCY_LIVE, &engine));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_create(RATE_HZ, 2, 512, 2, &engine));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_create(RATE_HZ, 2, 512, LACQUER_LATENCY_LIVE, NULL));
    OK(lacquer_engine_create(RATE_HZ, 2, UINT32_MAX, LACQUER_LATENCY_QUALITY, &engine));
    OK(lacquer_engine_create(RATE_HZ, 2, 100, LACQUER_LATENCY_QUALITY, &planar));
    engine_settings(planar);
    OK(lacquer_engine_load_preset(engine, "streaming"));
    OK(lacquer_engine_load_preset(planar, "streaming"));
    OK(lacquer_engine_set(engine, "loudness.gain_db", 12.0));
    OK(lacquer_engine_set(planar, "loudness.gain_db", 12.0));
    size_t latency;
    OK(lacquer_engine_latency(engine, &latency));
    CHECK(latency > 100 && latency < RATE_HZ);

    /* Interleaved in long blocks and planar in short ones give the same bits. */
    float *mono = signal_of(LEN, 0.2), *both = malloc(2 * LEN * sizeof *both);
    float *planes[2] = {malloc(LEN * sizeof(float)), malloc(LEN * sizeof(float))};
    CHECK(both != NULL && planes[0] != NULL && planes[1] != NULL);
    for (size_t n = 0; n < LEN; n++) {
        both[2 * n] = planes[0][n] = mono[n];
        both[2 * n + 1] = planes[1][n] = 0.5f * mono[n];
    }
    OK(lacquer_engine_process(engine, both, LEN));
    for (size_t start = 0; start < LEN; start += 250) {
        float *part[2] = {planes[0] + start, planes[1] + start};
        OK(lacquer_engine_process_planar(planar, part, 2, 250));
    }
    for (size_t n = 0; n < LEN; n++) {
        CHECK(memcmp(&both[2 * n], &planes[0][n], sizeof(float)) == 0);
        CHECK(memcmp(&both[2 * n + 1], &planes[1][n], sizeof(float)) == 0);
    }

    lacquer_loudness read;
    OK(lacquer_engine_meters(engine, &read));
    CHECK(read.num_frames == LEN && read.integrated_lufs > -40.0 && read.true_peak_dbtp <= -0.99);
    lacquer_reductions reductions;
    OK(lacquer_engine_reductions(engine, &reductions));
    CHECK(isfinite(reductions.limiter_db) && isfinite(reductions.multiband_db[5]));
    lacquer_health health;
    OK(lacquer_engine_health(engine, &health));
    CHECK(health.num_damaged_samples == 0 && health.load > 0.0 && health.memory_bytes > 100000);

    /* What is no audio becomes silence and is counted. */
    float bad[8] = {NAN, INFINITY, 0.1f, -INFINITY, 0.1f, 0.1f, 1e30f, 0.0f};
    OK(lacquer_engine_process(engine, bad, 4));
    OK(lacquer_engine_health(engine, &health));
    CHECK(health.num_damaged_samples == 4);
    for (int n = 0; n < 8; n++) {
        CHECK(isfinite(bad[n]));
    }

    OK(lacquer_engine_reset(engine));
    OK(lacquer_engine_meters(engine, &read));
    CHECK(read.num_frames == 0 && isnan(read.integrated_lufs));
    OK(lacquer_engine_process(engine, NULL, 0));
    OK(lacquer_engine_process(engine, both, 0));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_process(engine, NULL, 10));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_process(NULL, both, 10));
    REFUSED(LACQUER_MISALIGNED, lacquer_engine_process(engine, (float *)((char *)both + 1), 10));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_process(engine, both, SIZE_MAX / 2));
    float *none[2] = {planes[0], NULL}, *same[2] = {planes[0], planes[0] + 5};
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_process_planar(engine, none, 2, 10));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_process_planar(engine, NULL, 2, 10));
    REFUSED(LACQUER_OVERLAP, lacquer_engine_process_planar(engine, same, 2, 10));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_process_planar(engine, planes, 1, 10));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_engine_process_planar(engine, planes, 0, 10));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_meters(engine, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_meters(NULL, &read));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_reductions(engine, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_health(engine, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_latency(engine, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_reset(NULL));
    lacquer_engine_destroy(engine);
    lacquer_engine_destroy(planar);
    lacquer_engine_destroy(NULL);
    free(mono);
    free(both);
    free(planes[0]);
    free(planes[1]);
}

/* A network of the right shape that knows nothing; `activation` is that of its gains, of which 1 is right. */
static void write_model(const char *path, int num_neurons, int activation) {
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    int layers[6][4] = {{42, num_neurons, 0, 0}, {num_neurons, 24, 1, 1}, {42 + num_neurons + 24, 48, 1, 1},
                        {42 + 24 + 48, 96, 1, 1}, {96, 22, activation, 0}, {24, 1, 1, 0}};
    for (int layer = 0; layer < 6; layer++) {
        int in = layers[layer][0], out = layers[layer][1], gates = layers[layer][3] ? 3 : 1;
        int len = gates * out * (in + (layers[layer][3] ? out : 0) + 1);
        fputc(in, file), fputc(out, file), fputc(layers[layer][2], file);
        for (int n = 0; n < len; n++) {
            fputc((n * 7 + layer) % 5, file);
        }
    }
    CHECK(fclose(file) == 0);
}

static void models(const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/model.rnn", folder);
    write_model(path, 24, 1);
    lacquer_model *builtin, *own, *none;
    uint64_t num_bytes;
    OK(lacquer_model_load_builtin(&builtin));
    OK(lacquer_model_memory(builtin, &num_bytes));
    CHECK(num_bytes == 0);
    OK(lacquer_model_load_file(path, &own));
    OK(lacquer_model_memory(own, &num_bytes));
    CHECK(num_bytes > 50000);

    float *output[2];
    for (int which = 0; which < 2; which++) {
        lacquer_engine *engine;
        OK(lacquer_engine_create(RATE_HZ, 1, 512, LACQUER_LATENCY_LIVE, &engine));
        OK(lacquer_engine_set(engine, "denoise.bypass", 0.0));
        OK(lacquer_engine_set(engine, "denoise.mix_percent", 100.0));
        lacquer_health before, after;
        OK(lacquer_engine_health(engine, &before));
        OK(lacquer_engine_use_model(engine, which == 0 ? builtin : own));
        OK(lacquer_engine_health(engine, &after));
        /* Weights are shared by all engines, and counted with the model. */
        CHECK(after.memory_bytes == before.memory_bytes);
        output[which] = signal_of(LEN / 4, 0.2);
        OK(lacquer_engine_process(engine, output[which], LEN / 4));
        if (which == 1) {
            /* Also where the engine's is the last use of a model that was unloaded. */
            lacquer_model_unload(own);
            OK(lacquer_engine_use_model(engine, builtin));
            OK(lacquer_engine_health(engine, &after));
            CHECK(after.memory_bytes == before.memory_bytes);
        }
        lacquer_engine_destroy(engine);
    }
    CHECK(memcmp(output[0], output[1], LEN / 4 * sizeof(float)) != 0);
    free(output[0]);
    free(output[1]);

    snprintf(path, sizeof path, "%s/nothing.rnn", folder);
    REFUSED(LACQUER_FILE_ERROR, lacquer_model_load_file(path, &none));
    /* Gains are held between 0 and 1, or there is no telling where they go; and layers have neurons. */
    write_model(path, 24, 2);
    REFUSED(LACQUER_FILE_ERROR, lacquer_model_load_file(path, &none));
    write_model(path, 0, 1);
    REFUSED(LACQUER_FILE_ERROR, lacquer_model_load_file(path, &none));
    write_model(path, 30, 1);
    FILE *file = fopen(path, "ab");
    CHECK(file != NULL && fputc(1, file) == 1 && fclose(file) == 0);
    REFUSED(LACQUER_FILE_ERROR, lacquer_model_load_file(path, &none));
    REFUSED(LACQUER_NULL_POINTER, lacquer_model_load_file(NULL, &none));
    REFUSED(LACQUER_NULL_POINTER, lacquer_model_load_builtin(NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_model_memory(NULL, &num_bytes));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_use_model(NULL, builtin));
    lacquer_model_unload(builtin);
    lacquer_model_unload(NULL);
}

static void settings(const char *folder) {
    lacquer_settings *settings;
    double value;
    OK(lacquer_settings_load("podcast", &settings));
    OK(lacquer_settings_set(settings, "limiter.ceiling_dbtp", -3.0));
    OK(lacquer_settings_get(settings, "limiter.ceiling_dbtp", &value));
    CHECK(value == -3.0);
    lacquer_engine *engine;
    OK(lacquer_engine_create(RATE_HZ, 1, 512, LACQUER_LATENCY_LIVE, &engine));
    OK(lacquer_engine_use_settings(engine, settings));
    OK(lacquer_engine_get(engine, "limiter.ceiling_dbtp", &value));
    CHECK(value == -3.0);
    OK(lacquer_engine_get(engine, "leveller.bypass", &value));
    CHECK(value == 0.0);
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_use_settings(engine, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_engine_use_settings(NULL, settings));
    REFUSED(LACQUER_NOT_FOUND, lacquer_settings_set(settings, "limiter.ceiling", -3.0));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_settings_set(settings, "limiter.ceiling_dbtp", 3.0));
    REFUSED(LACQUER_NOT_FOUND, lacquer_settings_get(settings, "limiter", &value));
    REFUSED(LACQUER_NULL_POINTER, lacquer_settings_get(settings, "limiter.ceiling_dbtp", NULL));
    REFUSED(LACQUER_NOT_FOUND, lacquer_settings_load("podcats", &settings));
    /* A file that is there and is no preset is not one that is not there. */
    char path[512];
    snprintf(path, sizeof path, "%s/odd.toml", folder);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("version = 1\nname = \"Odd\"\n[limiter]\nceiling = -3.0\n", file) >= 0);
    fclose(file);
    lacquer_settings *none;
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_settings_load(path, &none));
    CHECK(strstr(last_error(), "ceiling_dbtp") != NULL);
    lacquer_engine_destroy(engine);
    lacquer_settings_free(settings);
    lacquer_settings_free(NULL);
}

/* Everything that comes out when the input comes in pieces, and the end is fetched with so much room at a time. */
static void drain(lacquer_stream *stream, const float *input, float *output, size_t piece, size_t room) {
    size_t num_out = 0, num_written;
    for (size_t start = 0; start < LEN; start += piece) {
        size_t len = LEN - start < piece ? LEN - start : piece;
        const float *in[1] = {input + start};
        float *out[1] = {output + num_out};
        /* What is refused takes nothing: the piece goes in after it as if it had not been. */
        REFUSED(LACQUER_NULL_POINTER, lacquer_stream_next(stream, in, 1, len, out, len, NULL));
        OK(lacquer_stream_next(stream, in, 1, len, out, len, &num_written));
        num_out += num_written;
    }
    uint64_t num_pending;
    double gain_db;
    OK(lacquer_stream_state(stream, &num_pending, &gain_db));
    CHECK(num_pending == LEN - num_out && gain_db > 0.0);
    do {
        float *out[1] = {output + num_out};
        REFUSED(LACQUER_NULL_POINTER, lacquer_stream_finish(stream, out, 1, room, NULL));
        OK(lacquer_stream_finish(stream, out, 1, room, &num_written));
        num_out += num_written;
    } while (num_written > 0);
    CHECK(num_out == LEN);
    const float *in[1] = {input};
    float *out[1] = {output};
    REFUSED(LACQUER_WRONG_STATE, lacquer_stream_next(stream, in, 1, 10, out, 10, &num_written));
    lacquer_stream_free(stream);
}

static void stream(void) {
    size_t most = LEN + 5000;
    float *input = signal_of(LEN, 0.05), *whole = malloc(most * sizeof *whole);
    float *outputs[2] = {calloc(most, sizeof(float)), calloc(most, sizeof(float))};
    CHECK(whole != NULL && outputs[0] != NULL && outputs[1] != NULL);
    const float *in[1] = {input};
    float *out[1] = {whole}, *over[1] = {input + 50};
    lacquer_stream *stream;

    /* After a first pass: the bits of its master. */
    lacquer_settings *settings;
    lacquer_master_options options;
    OK(lacquer_master_options_default(&options));
    options.preset = "synthesised-speech";
    OK(lacquer_master(in, 1, LEN, RATE_HZ, &options, out, NULL, &settings));
    OK(lacquer_stream_start(RATE_HZ, 1, settings, &stream));
    drain(stream, input, outputs[0], 700, 1000);
    CHECK(memcmp(whole, outputs[0], LEN * sizeof *whole) == 0);

    /* Behind a look-ahead: the same bits for any pieces. */
    for (int which = 0; which < 2; which++) {
        OK(lacquer_stream_start_look_ahead(RATE_HZ, 1, "synthesised-speech", which == 0 ? -16.0 : NAN, 0.8, &stream));
        drain(stream, input, outputs[which], which == 0 ? 700 : LEN, which == 0 ? 1 : 4999);
    }
    CHECK(memcmp(outputs[0], outputs[1], LEN * sizeof(float)) == 0);

    size_t num_written;
    uint64_t num_pending;
    double gain_db;
    REFUSED(LACQUER_NOT_FOUND, lacquer_stream_start_look_ahead(RATE_HZ, 1, "nothing", -16.0, 1.0, &stream));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_stream_start_look_ahead(RATE_HZ, 1, "podcast", 16.0, 1.0, &stream));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_stream_start_look_ahead(RATE_HZ, 1, "podcast", -16.0, 0.0, &stream));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_stream_start_look_ahead(RATE_HZ, 3, "podcast", -16.0, 1.0, &stream));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_stream_start_look_ahead(RATE_HZ, 1, "limiter-only", NAN, 1.0, &stream));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_start_look_ahead(RATE_HZ, 1, "podcast", -16.0, 1.0, NULL));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_stream_start(RATE_HZ, 3, settings, &stream));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_start(RATE_HZ, 1, NULL, &stream));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_start(RATE_HZ, 1, settings, NULL));
    OK(lacquer_stream_start(RATE_HZ, 1, settings, &stream));
    REFUSED(LACQUER_BUFFER_TOO_SMALL, lacquer_stream_next(stream, in, 1, 100, out, 99, &num_written));
    REFUSED(LACQUER_OVERLAP, lacquer_stream_next(stream, in, 1, 100, over, 100, &num_written));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_stream_next(stream, in, 3, 100, out, 100, &num_written));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_next(stream, NULL, 1, 100, out, 100, &num_written));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_next(NULL, in, 1, 100, out, 100, &num_written));
    REFUSED(LACQUER_BUFFER_TOO_SMALL, lacquer_stream_finish(stream, out, 1, 0, &num_written));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_finish(NULL, out, 1, 10, &num_written));
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_state(NULL, &num_pending, &gain_db));
    num_pending = 7;
    REFUSED(LACQUER_NULL_POINTER, lacquer_stream_state(stream, &num_pending, NULL));
    CHECK(num_pending == 7);
    lacquer_stream_free(stream);
    lacquer_stream_free(NULL);
    lacquer_settings_free(settings);
    free(input);
    free(whole);
    free(outputs[0]);
    free(outputs[1]);
}

static void files(const char *folder) {
    char path[512];
    float *samples = signal_of(LEN, 0.3);
    const float *planes[2] = {samples, samples + LEN / 2}, *over[2] = {samples, samples + 10};
    size_t len = LEN / 2;
    const struct {
        const char *name;
        double most_db;
    } kinds[] = {{"a.wav", -160.0}, {"b.wav", -130.0}, {"c.wav", -80.0}, {"d.flac", -130.0}, {"e.mp3", -15.0}, {"f.mp3", -15.0}, {"g.wav", -160.0}};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        snprintf(path, sizeof path, "%s/%s", folder, kinds[kind].name);
        switch (kind) {
        case 0: OK(lacquer_save_wav(path, planes, 2, len, RATE_HZ, LACQUER_FLOAT32)); break;
        case 1: OK(lacquer_save_wav(path, planes, 2, len, RATE_HZ, LACQUER_INT24)); break;
        case 2: OK(lacquer_save_wav(path, planes, 2, len, RATE_HZ, LACQUER_INT16)); break;
        case 3: OK(lacquer_save_flac(path, planes, 2, len, RATE_HZ, LACQUER_INT24)); break;
        case 4: OK(lacquer_save_mp3(path, planes, 2, len, RATE_HZ, 320)); break;
        case 5: OK(lacquer_save_mp3(path, planes, 2, len, RATE_HZ, 0)); break;
        default: OK(lacquer_save_wav(path, planes, 2, len, RATE_HZ, LACQUER_INT32)); break;
        }
        lacquer_audio *audio;
        lacquer_audio_info info;
        OK(lacquer_audio_load(path, &audio));
        OK(lacquer_audio_describe(audio, &info));
        CHECK(info.sample_rate_hz == RATE_HZ && info.num_channels == 2 && info.num_frames == len);
        for (uint32_t channel = 0; channel < 2; channel++) {
            const float *read;
            OK(lacquer_audio_channel(audio, channel, &read));
            double error = 1e-30, signal = 1e-30;
            for (size_t n = 0; n < len; n++) {
                error += pow(read[n] - planes[channel][n], 2.0);
                signal += pow(planes[channel][n], 2.0);
            }
            CHECK(10.0 * log10(error / signal) < kinds[kind].most_db);
        }
        const float *none;
        REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_audio_channel(audio, 2, &none));
        REFUSED(LACQUER_NULL_POINTER, lacquer_audio_channel(audio, 0, NULL));
        REFUSED(LACQUER_NULL_POINTER, lacquer_audio_describe(NULL, &info));
        lacquer_audio_free(audio);
    }
    lacquer_audio *audio;
    lacquer_audio_free(NULL);
    REFUSED(LACQUER_FILE_ERROR, lacquer_audio_load("/nowhere/at/all.wav", &audio));
    REFUSED(LACQUER_NULL_POINTER, lacquer_audio_load(NULL, &audio));
    REFUSED(LACQUER_FILE_ERROR, lacquer_save_wav("/nowhere/at/all.wav", planes, 2, len, RATE_HZ, LACQUER_INT16));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_wav(path, planes, 2, len, RATE_HZ, 17));
    OK(lacquer_save_wav(path, over, 2, len, RATE_HZ, LACQUER_INT16));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_flac(path, planes, 2, len, RATE_HZ, LACQUER_FLOAT32));
    const uint32_t rates_hz[] = {0, 1, 4000, 7999, 384001, UINT32_MAX};
    for (size_t n = 0; n < sizeof rates_hz / sizeof *rates_hz; n++) {
        REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_wav(path, planes, 2, len, rates_hz[n], LACQUER_INT16));
        REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_flac(path, planes, 2, len, rates_hz[n], LACQUER_INT16));
        REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_mp3(path, planes, 2, len, rates_hz[n], 320));
    }
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_mp3(path, planes, 2, len, 22050, 320));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_mp3(path, planes, 2, len, RATE_HZ, 99));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_save_mp3(path, planes, 2, len, 96000, 320));
    REFUSED(LACQUER_NULL_POINTER, lacquer_save_mp3(path, NULL, 2, len, RATE_HZ, 320));
    /* A header that promises 2^36 - 1 frames: what comes is less, and nothing is reserved for the rest. */
    snprintf(path, sizeof path, "%s/d.flac", folder);
    FILE *file = fopen(path, "r+b");
    const unsigned char all[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    CHECK(file != NULL && fseek(file, 21, SEEK_SET) == 0);
    /* Before the count stand four bits of the bits of a sample less one: 24 - 1 ends in 0111. */
    CHECK(fputc(0x7F, file) == 0x7F && fwrite(all, 1, 4, file) == 4 && fclose(file) == 0);
    REFUSED(LACQUER_FILE_ERROR, lacquer_audio_load(path, &audio));
    free(samples);
}

static void master(void) {
    float *input = signal_of(LEN, 0.05), *output = calloc(LEN, sizeof *output);
    CHECK(output != NULL);
    const float *in[1] = {input};
    float *out[1] = {output}, *place[1] = {input}, *over[1] = {input + 100};
    lacquer_master_options options;
    lacquer_report report;
    OK(lacquer_master_options_default(&options));
    OK(lacquer_master(in, 1, LEN, RATE_HZ, NULL, out, NULL, NULL));
    options.preset = "podcast";
    options.output_lufs = -18.0;
    options.ceiling_dbtp = -2.0;
    OK(lacquer_master(in, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    CHECK(fabs(report.output_lufs + 18.0) <= 0.05 && report.output_true_peak_dbtp <= -2.0);
    CHECK(report.num_passes > 0 && report.input_lufs < -20.0 && isfinite(report.loudness_gain_db));
    /* In place, and as 16 bits hold it. */
    options.bits = 16;
    OK(lacquer_master(in, 1, LEN, RATE_HZ, &options, place, &report, NULL));
    for (size_t n = 0; n < LEN; n++) {
        CHECK(input[n] * 32768.0f == rintf(input[n] * 32768.0f));
    }
    /* One plane may be read as both channels, but not written as both. */
    const float *twice[2] = {output, output};
    float *spare = signal_of(LEN, 0.0), *both[2] = {input, spare}, *same[2] = {input, input};
    options.bits = 0;
    OK(lacquer_master(twice, 2, LEN, RATE_HZ, &options, both, &report, NULL));
    CHECK(memcmp(input, spare, LEN * sizeof *spare) == 0);
    REFUSED(LACQUER_OVERLAP, lacquer_master(twice, 2, LEN, RATE_HZ, &options, same, &report, NULL));
    free(spare);
    REFUSED(LACQUER_OVERLAP, lacquer_master(in, 1, LEN - 100, RATE_HZ, &options, over, &report, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_master(NULL, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_master(in, 1, LEN, RATE_HZ, &options, NULL, &report, NULL));
    options.bits = 20;
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_master(in, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    options.bits = 0;
    options.output_lufs = 3.0;
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_master(in, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    options.output_lufs = -2.0;
    memcpy(output, input, LEN * sizeof *output);
    REFUSED(LACQUER_TARGET_NOT_REACHED, lacquer_master(in, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    CHECK(memcmp(output, input, LEN * sizeof *output) == 0);
    options.best_effort = 1;
    options.assist = 1;
    OK(lacquer_master(in, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    options.preset = "podcats";
    REFUSED(LACQUER_NOT_FOUND, lacquer_master(in, 1, LEN, RATE_HZ, &options, out, &report, NULL));
    memset(input, 0, LEN * sizeof *input);
    REFUSED(LACQUER_UNSUITABLE_AUDIO, lacquer_master(in, 1, LEN, RATE_HZ, NULL, out, &report, NULL));
    REFUSED(LACQUER_UNSUITABLE_AUDIO, lacquer_master(in, 1, 0, RATE_HZ, NULL, out, &report, NULL));
    REFUSED(LACQUER_UNSUITABLE_AUDIO, lacquer_master(in, 1, LEN, 100, NULL, out, &report, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_master_options_default(NULL));
    free(input);
    free(output);
}

static void meter(void) {
    /* Tech 3341, case 1: a stereo sine of 1 kHz and -23 dBFS reads -23 LUFS. */
    float *both = malloc(2 * LEN * sizeof *both), *plane = malloc(LEN * sizeof *plane);
    CHECK(both != NULL && plane != NULL);
    for (size_t n = 0; n < LEN; n++) {
        plane[n] = (float)(pow(10.0, -23.0 / 20.0) * sin(2.0 * M_PI * 1000.0 * (double)n / RATE_HZ));
        both[2 * n] = both[2 * n + 1] = plane[n];
    }
    lacquer_meter *meter;
    lacquer_loudness read, again;
    OK(lacquer_meter_create(RATE_HZ, 2, 0, &meter));
    OK(lacquer_meter_read(meter, &read));
    CHECK(isnan(read.integrated_lufs) && read.num_frames == 0);
    OK(lacquer_meter_process(meter, both, LEN));
    OK(lacquer_meter_finish(meter));
    OK(lacquer_meter_read(meter, &read));
    CHECK(fabs(read.integrated_lufs + 23.0) < 0.1 && fabs(read.true_peak_dbtp + 23.0) < 0.2);
    OK(lacquer_meter_reset(meter));
    const float *planes[2] = {plane, plane}, *none[2] = {plane, NULL};
    OK(lacquer_meter_process_planar(meter, planes, 2, LEN));
    OK(lacquer_meter_finish(meter));
    OK(lacquer_meter_read(meter, &again));
    CHECK(memcmp(&read, &again, sizeof read) == 0);
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_meter_process_planar(meter, planes, 1, LEN));
    REFUSED(LACQUER_NULL_POINTER, lacquer_meter_process_planar(meter, none, 2, LEN));
    REFUSED(LACQUER_NULL_POINTER, lacquer_meter_process(meter, NULL, 1));
    REFUSED(LACQUER_NULL_POINTER, lacquer_meter_read(meter, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_meter_finish(NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_meter_reset(NULL));
    lacquer_meter_destroy(meter);
    lacquer_meter_destroy(NULL);
    OK(lacquer_meter_create(RATE_HZ, 1, 1, &meter));
    OK(lacquer_meter_process(meter, plane, LEN));
    OK(lacquer_meter_read(meter, &read));
    CHECK(fabs(read.integrated_lufs + 23.0) < 0.1);
    lacquer_meter_destroy(meter);
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_meter_create(RATE_HZ, 0, 0, &meter));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_meter_create(RATE_HZ, 25, 0, &meter));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_meter_create(RATE_HZ, UINT32_MAX, 0, &meter));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_meter_create(1.0, 2, 0, &meter));
    free(both);
    free(plane);
}

static void mel(void) {
    float *samples = signal_of(LEN, 0.3);
    lacquer_mel_config config;
    for (int which = 0; which < 3; which++) {
        switch (which) {
        case 0: OK(lacquer_mel_config_whisper(80, &config)); break;
        case 1: OK(lacquer_mel_config_librosa(&config)); break;
        default: OK(lacquer_mel_config_kaldi(&config)); break;
        }
        OK(lacquer_mel_config_validate(&config));
        lacquer_mel *mel;
        size_t num_bands, num_frames, num_values;
        OK(lacquer_mel_compute(&config, samples, LEN, &mel));
        OK(lacquer_mel_shape(mel, &num_bands, &num_frames));
        OK(lacquer_mel_size(mel, &num_values));
        CHECK(num_bands == config.num_bands && num_values == num_bands * num_frames);
        const float *data;
        float *copy = malloc(num_values * sizeof *copy);
        CHECK(copy != NULL);
        OK(lacquer_mel_data(mel, &data));
        OK(lacquer_mel_copy(mel, copy, num_values));
        CHECK(memcmp(copy, data, num_values * sizeof *copy) == 0);
        REFUSED(LACQUER_BUFFER_TOO_SMALL, lacquer_mel_copy(mel, copy, num_values - 1));
        REFUSED(LACQUER_OVERLAP, lacquer_mel_copy(mel, (float *)data, num_values));
        REFUSED(LACQUER_NULL_POINTER, lacquer_mel_copy(mel, NULL, num_values));

        /* A stream of pieces ends at the same frames; where values are limited, with the clip's largest known. */
        lacquer_mel_stream *stream;
        double top = -INFINITY;
        for (size_t n = 0; n < num_values; n++) {
            top = fmax(top, data[n]);
        }
        OK(lacquer_mel_stream_create(&config, top, &stream));
        size_t room, num_new, done = 0;
        OK(lacquer_mel_stream_room(stream, LEN, &room));
        float *frames = malloc(room * num_bands * sizeof *frames);
        CHECK(frames != NULL);
        for (size_t start = 0; start < LEN; start += 1000) {
            float *next = frames + done * num_bands;
            REFUSED(LACQUER_NULL_POINTER, lacquer_mel_stream_process(stream, samples + start, 1000, next, room - done, NULL));
            OK(lacquer_mel_stream_process(stream, samples + start, 1000, next, room - done, &num_new));
            done += num_new;
        }
        REFUSED(LACQUER_BUFFER_TOO_SMALL, lacquer_mel_stream_process(stream, samples, LEN, frames, 0, &num_new));
        OK(lacquer_mel_stream_room(stream, SIZE_MAX, &num_new));
        CHECK(num_new > LEN);
        REFUSED(LACQUER_NULL_POINTER, lacquer_mel_stream_finish(stream, frames + done * num_bands, room - done, NULL));
        OK(lacquer_mel_stream_finish(stream, frames + done * num_bands, room - done, &num_new));
        done += num_new;
        CHECK(done == num_frames);
        double worst = 0.0;
        for (size_t frame = 0; frame < done; frame++) {
            for (size_t band = 0; band < num_bands; band++) {
                worst = fmax(worst, fabs(frames[frame * num_bands + band] - data[band * num_frames + frame]));
            }
        }
        CHECK(worst == 0.0);
        REFUSED(LACQUER_NULL_POINTER, lacquer_mel_stream_finish(NULL, frames, room, &num_new));
        lacquer_mel_stream_free(stream);
        lacquer_mel_free(mel);
        free(copy);
        free(frames);
    }
    lacquer_mel *mel;
    lacquer_mel_stream *stream;
    OK(lacquer_mel_config_whisper(80, &config));
    REFUSED(LACQUER_UNSUITABLE_AUDIO, lacquer_mel_compute(&config, samples, 0, &mel));
    REFUSED(LACQUER_NULL_POINTER, lacquer_mel_compute(&config, NULL, 100, &mel));
    config.window = 9;
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_mel_config_validate(&config));
    config.window = LACQUER_MEL_HANN;
    config.hop_len = 0;
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_mel_compute(&config, samples, LEN, &mel));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_mel_stream_create(&config, NAN, &stream));
    OK(lacquer_mel_config_whisper(80, &config));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_mel_stream_create(&config, INFINITY, &stream));
    const double odd[] = {NAN, INFINITY};
    for (int which = 0; which < 2; which++) {
        double *const fields[] = {&config.sample_rate_hz, &config.input_gain, &config.pre_emphasis, &config.high_hz};
        for (size_t field = 0; field < sizeof fields / sizeof *fields; field++) {
            double good = *fields[field];
            *fields[field] = odd[which];
            REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_mel_config_validate(&config));
            *fields[field] = good;
        }
    }
    OK(lacquer_mel_config_validate(&config));
    REFUSED(LACQUER_NULL_POINTER, lacquer_mel_config_whisper(80, NULL));
    REFUSED(LACQUER_NULL_POINTER, lacquer_mel_shape(NULL, NULL, NULL));
    lacquer_mel_free(NULL);
    lacquer_mel_stream_free(NULL);
    free(samples);
}

static void resample(void) {
    float *tone = malloc(LEN * sizeof *tone);
    CHECK(tone != NULL);
    for (size_t n = 0; n < LEN; n++) {
        tone[n] = (float)sin(2.0 * M_PI * 1000.0 * (double)n / RATE_HZ);
    }
    size_t len;
    OK(lacquer_resample_len(LEN, RATE_HZ, 16000.0, &len));
    CHECK(len == LEN / 3);
    float *out = malloc(len * sizeof *out);
    CHECK(out != NULL);
    OK(lacquer_resample(tone, LEN, RATE_HZ, 16000.0, out, len));
    for (size_t n = 1000; n < len - 1000; n++) {
        CHECK(fabs(out[n] - sin(2.0 * M_PI * 1000.0 * (double)n / 16000.0)) < 1e-3);
    }
    REFUSED(LACQUER_BUFFER_TOO_SMALL, lacquer_resample(tone, LEN, RATE_HZ, 16000.0, out, len - 1));
    REFUSED(LACQUER_OVERLAP, lacquer_resample(tone, LEN, RATE_HZ, 16000.0, tone, len));
    REFUSED(LACQUER_NULL_POINTER, lacquer_resample(NULL, LEN, RATE_HZ, 16000.0, out, len));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_resample(tone, LEN, RATE_HZ, 0.0, out, len));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_resample_len(LEN, NAN, 16000.0, &len));
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_resample_len(SIZE_MAX, 8000.0, 384000.0, &len));
    free(tone);
    free(out);
}

static void spectrum(void) {
    float *tone = malloc(LEN * sizeof *tone);
    CHECK(tone != NULL);
    for (size_t n = 0; n < LEN; n++) {
        tone[n] = (float)(0.5 * sin(2.0 * M_PI * 3000.0 * (double)n / RATE_HZ));
    }
    lacquer_spectrum *spectrum;
    size_t num_bins;
    double bin_hz;
    OK(lacquer_spectrum_create(RATE_HZ, 4096, 0.0, &spectrum));
    OK(lacquer_spectrum_shape(spectrum, &num_bins, &bin_hz));
    CHECK(num_bins == 2049 && fabs(bin_hz - RATE_HZ / 4096.0) < 1e-9);
    float *levels = malloc(num_bins * sizeof *levels);
    CHECK(levels != NULL);
    OK(lacquer_spectrum_levels(spectrum, levels, num_bins));
    CHECK(levels[256] < -100.0f);
    OK(lacquer_spectrum_process(spectrum, tone, LEN));
    OK(lacquer_spectrum_levels(spectrum, levels, num_bins));
    CHECK(fabsf(levels[256] + 6.02f) < 0.05f && levels[1024] < -80.0f);
    OK(lacquer_spectrum_reset(spectrum));
    OK(lacquer_spectrum_levels(spectrum, levels, num_bins));
    CHECK(levels[256] < -100.0f);
    REFUSED(LACQUER_BUFFER_TOO_SMALL, lacquer_spectrum_levels(spectrum, levels, num_bins - 1));
    REFUSED(LACQUER_NULL_POINTER, lacquer_spectrum_levels(spectrum, NULL, num_bins));
    REFUSED(LACQUER_NULL_POINTER, lacquer_spectrum_process(spectrum, NULL, 3));
    REFUSED(LACQUER_NULL_POINTER, lacquer_spectrum_reset(NULL));
    lacquer_spectrum_free(spectrum);
    lacquer_spectrum_free(NULL);
    REFUSED(LACQUER_INVALID_ARGUMENT, lacquer_spectrum_create(RATE_HZ, 1000, 0.0, &spectrum));
    REFUSED(LACQUER_NULL_POINTER, lacquer_spectrum_create(RATE_HZ, 4096, 0.0, NULL));
    free(levels);
    free(tone);
}

/* Many threads, an engine each: all hear the same, and each has its own last error. */
static void *work(void *result) {
    lacquer_engine *engine;
    OK(lacquer_engine_create(RATE_HZ, 1, 256, LACQUER_LATENCY_LIVE, &engine));
    OK(lacquer_engine_load_preset(engine, "podcast"));
    float *samples = signal_of(LEN / 2, 0.2);
    for (size_t start = 0; start + 256 <= LEN / 2; start += 256) {
        OK(lacquer_engine_process(engine, samples + start, 256));
    }
    char id[32];
    snprintf(id, sizeof id, "thread%p", result);
    REFUSED(LACQUER_NOT_FOUND, lacquer_engine_set(engine, id, 0.0));
    CHECK(strstr(last_error(), id) != NULL);
    memcpy(result, samples, LEN / 2 * sizeof(float));
    lacquer_engine_destroy(engine);
    free(samples);
    return NULL;
}

static void threads(void) {
    pthread_t threads[4];
    float *results[4];
    for (int n = 0; n < 4; n++) {
        results[n] = malloc(LEN / 2 * sizeof(float));
        CHECK(results[n] != NULL && pthread_create(&threads[n], NULL, work, results[n]) == 0);
    }
    for (int n = 0; n < 4; n++) {
        CHECK(pthread_join(threads[n], NULL) == 0);
        CHECK(memcmp(results[n], results[0], LEN / 2 * sizeof(float)) == 0);
    }
    for (int n = 0; n < 4; n++) {
        free(results[n]);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    version();
    table();
    engine_audio();
    models(argv[1]);
    settings(argv[1]);
    stream();
    files(argv[1]);
    master();
    meter();
    mel();
    resample();
    spectrum();
    threads();
    puts("ok");
    return 0;
}
