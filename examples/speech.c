/*
 * Masters a synthesiser's speech: to -16 LUFS, saved as WAV and MP3, and as Whisper hears it.
 *
 *     espeak-ng -w speech.wav "A lacquer is the disc that a mastering engineer cuts."
 *     cc speech.c -o speech $(pkg-config --cflags --libs lacquer) && ./speech speech.wav
 */
#include <lacquer.h>

#include <stdio.h>
#include <stdlib.h>

/* Every call says how it ended, and the last error in words. */
static void check(lacquer_status status) {
    if (status != LACQUER_OK) {
        char words[512];
        lacquer_last_error(words, sizeof words);
        fprintf(stderr, "%s: %s\n", lacquer_status_text(status), words);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s SPEECH.wav\n", argv[0]);
        return 2;
    }
    lacquer_audio *speech;
    lacquer_audio_info info;
    const float *samples;
    check(lacquer_audio_load(argv[1], &speech));
    check(lacquer_audio_describe(speech, &info));
    check(lacquer_audio_channel(speech, 0, &samples));

    lacquer_master_options options;
    lacquer_report report;
    check(lacquer_master_options_default(&options));
    options.preset = "synthesised-speech";
    options.output_lufs = -16.0;
    options.bits = 16; /* dithered for the WAV file */
    float *master = malloc(info.num_frames * sizeof *master);
    if (master == NULL) {
        return 1;
    }
    const float *in[1] = {samples};
    float *out[1] = {master};
    check(lacquer_master(in, 1, info.num_frames, info.sample_rate_hz, &options, out, &report, NULL));
    printf("%.1f LUFS became %.2f LUFS, %.2f dBTP\n", report.input_lufs, report.output_lufs, report.output_true_peak_dbtp);

    const float *saved[1] = {master};
    check(lacquer_save_wav("speech.mastered.wav", saved, 1, info.num_frames, info.sample_rate_hz, LACQUER_INT16));
    check(lacquer_save_mp3("speech.mastered.mp3", saved, 1, info.num_frames, info.sample_rate_hz, 128));

    /* Whisper hears 16 kHz. */
    size_t length, num_bands, num_frames;
    check(lacquer_resample_len(info.num_frames, info.sample_rate_hz, 16000.0, &length));
    float *at_16k = malloc(length * sizeof *at_16k);
    if (at_16k == NULL) {
        return 1;
    }
    check(lacquer_resample(master, info.num_frames, info.sample_rate_hz, 16000.0, at_16k, length));
    lacquer_mel_config config;
    lacquer_mel *mel;
    check(lacquer_mel_config_whisper(80, &config));
    check(lacquer_mel_compute(&config, at_16k, length, &mel));
    check(lacquer_mel_shape(mel, &num_bands, &num_frames));
    printf("mel: %zu bands, %zu frames\n", num_bands, num_frames);

    lacquer_mel_free(mel);
    lacquer_audio_free(speech);
    free(at_16k);
    free(master);
    return 0;
}
