/*
 * Lacquer: mastering, metering, spectra and files.
 *
 * Rules of all functions:
 * - What can fail returns a lacquer_status: LACQUER_OK, or why not. lacquer_last_error() then says it in words, for each thread apart.
 *   A call that is refused has done nothing: it has written nothing, and taken no audio.
 * - The caller allocates; every pointer comes with its length. NULL, misaligned and overlapping buffers are refused.
 * - Samples are float, full scale is -1 to 1. Planar audio is an array of one pointer for each channel.
 * - A handle belongs to one thread at a time; different handles share nothing. Freeing NULL does nothing.
 * - A figure that does not exist, such as the loudness of nothing, is NAN. Minus infinity is the level of digital silence.
 * - What is marked real-time neither allocates nor locks nor calls the system.
 * - Text is UTF-8 and ends with NUL. Text that is returned is static.
 */


#ifndef LACQUER_H
#define LACQUER_H

/* Written by `cargo xtask header` from capi/src; a test compares it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * How a call ended.
 */
typedef enum lacquer_status {
    /**
     * As it was asked for.
     */
    LACQUER_OK = 0,
    /**
     * A pointer is NULL that may not be.
     */
    LACQUER_NULL_POINTER = 1,
    /**
     * A pointer is not aligned to what it points to.
     */
    LACQUER_MISALIGNED = 2,
    /**
     * Buffers overlap that may not.
     */
    LACQUER_OVERLAP = 3,
    /**
     * A number, a text or an option is none of those that are expected.
     */
    LACQUER_INVALID_ARGUMENT = 4,
    /**
     * There is no parameter, preset or model of that name.
     */
    LACQUER_NOT_FOUND = 5,
    /**
     * A buffer is too small; nothing was done.
     */
    LACQUER_BUFFER_TOO_SMALL = 6,
    /**
     * A file cannot be read or written, or is not what was expected.
     */
    LACQUER_FILE_ERROR = 7,
    /**
     * The audio cannot be mastered: silent, too short, or of a format that is not taken.
     */
    LACQUER_UNSUITABLE_AUDIO = 8,
    /**
     * The loudness and the ceiling cannot both be had.
     */
    LACQUER_TARGET_NOT_REACHED = 9,
    /**
     * The call is not for this moment, such as more input for what was finished.
     */
    LACQUER_WRONG_STATE = 10,
    /**
     * A fault of Lacquer itself. The handle is to be freed and not used again.
     */
    LACQUER_INTERNAL_ERROR = 11,
} lacquer_status;

/**
 * How long the output may be kept waiting for a better sound.
 */
typedef enum lacquer_latency {
    /**
     * Minimum phase and short look-ahead: a few milliseconds, and 20 more for the noise remover.
     */
    LACQUER_LATENCY_LIVE = 0,
    /**
     * Linear-phase bands and long look-ahead: what a bounce takes.
     */
    LACQUER_LATENCY_QUALITY = 1,
} lacquer_latency;

/**
 * How samples are stored in a file.
 */
typedef enum lacquer_sample_format {
    /**
     * 16-bit integers.
     */
    LACQUER_INT16 = 16,
    /**
     * 24-bit integers.
     */
    LACQUER_INT24 = 24,
    /**
     * 32-bit integers; not in FLAC.
     */
    LACQUER_INT32 = 32,
    /**
     * 32-bit floating point; not in FLAC.
     */
    LACQUER_FLOAT32 = 0,
} lacquer_sample_format;

/**
 * The window of a frame.
 */
typedef enum lacquer_mel_window {
    /**
     * Hann, periodic.
     */
    LACQUER_MEL_HANN = 0,
    /**
     * Kaldi's: a symmetric Hann window to the power of 0.85.
     */
    LACQUER_MEL_POVEY = 1,
} lacquer_mel_window;

/**
 * What frames at the ends of a clip see.
 */
typedef enum lacquer_mel_edges {
    /**
     * Centred frames; beyond the clip it is mirrored.
     */
    LACQUER_MEL_MIRRORED = 0,
    /**
     * Centred frames; beyond the clip there is silence.
     */
    LACQUER_MEL_SILENT = 1,
    /**
     * Frames begin at multiples of the hop, and only whole ones count.
     */
    LACQUER_MEL_SNIPPED = 2,
} lacquer_mel_edges;

/**
 * What a value says of the power in a band.
 */
typedef enum lacquer_mel_values {
    /**
     * The power itself.
     */
    LACQUER_MEL_POWER = 0,
    /**
     * Whisper's: at most 8 powers of ten under the clip's largest, plus 4, over 4.
     */
    LACQUER_MEL_WHISPER = 1,
    /**
     * librosa's power_to_db: at most 80 dB under the clip's largest.
     */
    LACQUER_MEL_DECIBELS = 2,
    /**
     * Kaldi's: the natural logarithm.
     */
    LACQUER_MEL_NATURAL_LOG = 3,
} lacquer_mel_values;

/**
 * Where the mel scale bends.
 */
typedef enum lacquer_mel_scale {
    /**
     * 2595 log10(1 + f / 700).
     */
    LACQUER_MEL_HTK = 0,
    /**
     * Linear below 1 kHz.
     */
    LACQUER_MEL_SLANEY = 1,
} lacquer_mel_scale;

/**
 * In which domain the sides of a filter are straight.
 */
typedef enum lacquer_mel_triangles {
    /**
     * Over hertz.
     */
    LACQUER_MEL_IN_HZ = 0,
    /**
     * Over mel.
     */
    LACQUER_MEL_IN_MEL = 1,
} lacquer_mel_triangles;

/**
 * A file in memory.
 */
typedef struct lacquer_audio lacquer_audio;

/**
 * A mastering chain with its meters.
 */
typedef struct lacquer_engine lacquer_engine;

/**
 * The mel spectrogram of a clip: a row of frames for each band, the lowest first.
 */
typedef struct lacquer_mel lacquer_mel;

/**
 * A mel spectrogram that grows with its audio.
 */
typedef struct lacquer_mel_stream lacquer_mel_stream;

/**
 * A loudness meter.
 */
typedef struct lacquer_meter lacquer_meter;

/**
 * A model of the noise remover. Engines that use it keep what they need of it.
 */
typedef struct lacquer_model lacquer_model;

/**
 * What a chain is set to.
 */
typedef struct lacquer_settings lacquer_settings;

/**
 * A spectrum analyser of one channel.
 */
typedef struct lacquer_spectrum lacquer_spectrum;

/**
 * A programme on its way.
 */
typedef struct lacquer_stream lacquer_stream;

/**
 * What a file holds.
 */
typedef struct lacquer_audio_info {
    /**
     * In Hz.
     */
    uint32_t sample_rate_hz;
    /**
     * Mastering takes 1 or 2.
     */
    uint32_t num_channels;
    /**
     * Samples of each channel.
     */
    size_t num_frames;
} lacquer_audio_info;

/**
 * Everything that a loudness meter knows at one moment: BS.1770-5, EBU Tech 3341 and Tech 3342. NAN where there is no figure yet.
 */
typedef struct lacquer_loudness {
    /**
     * Loudness of the last 400 ms.
     */
    double momentary_lufs;
    /**
     * Loudness of the last 3 s.
     */
    double short_term_lufs;
    /**
     * The largest momentary loudness.
     */
    double max_momentary_lufs;
    /**
     * The largest short-term loudness.
     */
    double max_short_term_lufs;
    /**
     * Gated loudness of everything.
     */
    double integrated_lufs;
    /**
     * Loudness range.
     */
    double range_lu;
    /**
     * True peak by the standard's own filter.
     */
    double true_peak_dbtp;
    /**
     * The highest point of the band-limited curve, read closer than the standard's filter does.
     */
    double intersample_peak_dbtp;
    /**
     * The largest sample.
     */
    double sample_peak_dbfs;
    /**
     * True peak less integrated loudness.
     */
    double plr_lu;
    /**
     * Unweighted root mean square.
     */
    double rms_dbfs;
    /**
     * Frames since the reset.
     */
    uint64_t num_frames;
    /**
     * Samples that were no audio and were taken for silence.
     */
    uint64_t num_damaged_samples;
} lacquer_loudness;

/**
 * What the modules do to the level as of the last sample, in decibels.
 */
typedef struct lacquer_reductions {
    /**
     * What the gate takes away.
     */
    float gate_db;
    /**
     * What the de-esser takes from its high band.
     */
    float de_esser_db;
    /**
     * What the leveller adds.
     */
    float leveller_gain_db;
    /**
     * What each band of the multiband compressor loses.
     */
    float multiband_db[6];
    /**
     * What the limiter takes away.
     */
    float limiter_db;
} lacquer_reductions;

/**
 * How an engine is. `load` is the share of the time that the audio lasts which processing took, of the last blocks.
 */
typedef struct lacquer_health {
    /**
     * Samples that were not a number, infinite or beyond +240 dBFS and became silence, since the reset.
     */
    uint64_t num_damaged_samples;
    /**
     * Samples of the output that the dither held to full scale since it last set out.
     */
    uint64_t num_clipped_samples;
    /**
     * 0.01 is one percent of a core.
     */
    double load;
    /**
     * Bytes of memory that the engine takes.
     */
    uint64_t memory_bytes;
} lacquer_health;

/**
 * What a master is to be. lacquer_master_options_default fills it.
 */
typedef struct lacquer_master_options {
    /**
     * The name of a preset, or the path of a preset file.
     */
    const char *preset;
    /**
     * Integrated loudness, -60 to 0 LUFS; NAN for the preset's.
     */
    double output_lufs;
    /**
     * Highest true peak, -30 to 0 dBTP; NAN for the preset's.
     */
    double ceiling_dbtp;
    /**
     * 16 or 24 when the master will be stored with so many bits: it is then dithered for them. 0 otherwise.
     */
    uint32_t bits;
    /**
     * Not 0: the assistant adapts the settings to the programme.
     */
    int32_t assist;
    /**
     * Not 0: gives the closest that can be had where the target cannot.
     */
    int32_t best_effort;
    /**
     * Not 0: one channel counts as heard from two loudspeakers, which is 3.01 LU more.
     */
    int32_t dual_mono;
} lacquer_master_options;

/**
 * What came of it. NAN where there is no figure.
 */
typedef struct lacquer_report {
    /**
     * Integrated loudness of the input.
     */
    double input_lufs;
    /**
     * Integrated loudness of the master.
     */
    double output_lufs;
    /**
     * Loudness range of the master.
     */
    double output_range_lu;
    /**
     * The master's true peak at sixteen times oversampling.
     */
    double output_true_peak_dbtp;
    /**
     * The gain that was solved for.
     */
    double loudness_gain_db;
    /**
     * What the limiter was told, so that the ceiling holds.
     */
    double limiter_ceiling_dbtp;
    /**
     * The limiter's deepest reduction.
     */
    double deepest_limiter_reduction_db;
    /**
     * How often the programme was rendered to find this.
     */
    uint32_t num_passes;
} lacquer_report;

/**
 * Every choice behind a mel spectrogram. lacquer_mel_config_whisper, _librosa and _kaldi fill it.
 */
typedef struct lacquer_mel_config {
    /**
     * In Hz. Audio of another rate is for the caller to convert.
     */
    double sample_rate_hz;
    /**
     * Length of the window in samples.
     */
    uint32_t frame_len;
    /**
     * Length of the transform in samples: a multiple of 16 without prime factors over 5.
     */
    uint32_t fft_len;
    /**
     * From frame to frame, in samples.
     */
    uint32_t hop_len;
    /**
     * A lacquer_mel_window.
     */
    int32_t window;
    /**
     * A lacquer_mel_edges.
     */
    int32_t edges;
    /**
     * A lacquer_mel_values.
     */
    int32_t values;
    /**
     * A lacquer_mel_scale.
     */
    int32_t scale;
    /**
     * A lacquer_mel_triangles.
     */
    int32_t triangles;
    /**
     * How many filters.
     */
    uint32_t num_bands;
    /**
     * Where the first filter begins.
     */
    double low_hz;
    /**
     * Where the last filter ends.
     */
    double high_hz;
    /**
     * What samples from -1 to 1 are multiplied with first.
     */
    double input_gain;
    /**
     * How much of the sample before is taken from each sample; 0 for nothing.
     */
    double pre_emphasis;
    /**
     * Not 0: the last of the centred frames is left out.
     */
    int32_t drops_last_frame;
    /**
     * Not 0: each frame's mean is taken out.
     */
    int32_t removes_dc;
    /**
     * Not 0: filters have the same area over Hz, not a peak of 1.
     */
    int32_t has_equal_areas;
    /**
     * Not 0: powers are worked out in double precision, which is twice as slow.
     */
    int32_t is_double;
} lacquer_mel_config;

/**
 * A parameter. Its texts are static.
 */
typedef struct lacquer_param {
    /**
     * What it is set by, such as "limiter.ceiling_dbtp".
     */
    const char *id;
    /**
     * What a person reads.
     */
    const char *name;
    /**
     * The symbol behind its number, empty where there is none.
     */
    const char *unit;
    /**
     * The lowest value. Switches are 0 or 1, and choices count from 0.
     */
    double min;
    /**
     * The highest value.
     */
    double max;
    /**
     * What it is until it is set.
     */
    double default_value;
} lacquer_param;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Reads a WAV (also RF64), FLAC, MP3 or Ogg Vorbis file of any number of channels into memory.
 */
enum lacquer_status lacquer_audio_load(const char *path, struct lacquer_audio **audio);

/**
 * Gives what was loaded.
 */
enum lacquer_status lacquer_audio_describe(const struct lacquer_audio *audio,
                                           struct lacquer_audio_info *info);

/**
 * Gives a channel's samples, from channel 0 on, without a copy. They are valid until the audio is freed.
 */
enum lacquer_status lacquer_audio_channel(const struct lacquer_audio *audio,
                                          uint32_t channel,
                                          const float **samples);

/**
 * Frees audio.
 */
void lacquer_audio_free(struct lacquer_audio *audio);

/**
 * Writes a WAV file of one or two channels; `format` is a lacquer_sample_format. What stands at `path` is replaced, in one step,
 * when all is written. Rates are 8000 to 384000 Hz, also of FLAC. Samples are rounded, not dithered: set the engine's dither, or lacquer_master's `bits`, for 16 and 24 bits.
 */
enum lacquer_status lacquer_save_wav(const char *path,
                                     const float *const *planes,
                                     uint32_t num_channels,
                                     size_t num_frames,
                                     uint32_t sample_rate_hz,
                                     int32_t format);

/**
 * Writes a FLAC file, as lacquer_save_wav does, with LACQUER_INT16 or LACQUER_INT24.
 */
enum lacquer_status lacquer_save_flac(const char *path,
                                      const float *const *planes,
                                      uint32_t num_channels,
                                      size_t num_frames,
                                      uint32_t sample_rate_hz,
                                      int32_t format);

/**
 * Writes a gapless MP3 file: `bit_rate` is 128, 160, 192, 224, 256 or 320 kbit/s, or 0, 1, 2 for LAME's V0, V1, V2. Rates are 16000,
 * 22050, 24000, 32000, 44100 and 48000 Hz.
 */
enum lacquer_status lacquer_save_mp3(const char *path,
                                     const float *const *planes,
                                     uint32_t num_channels,
                                     size_t num_frames,
                                     uint32_t sample_rate_hz,
                                     uint32_t bit_rate);

/**
 * Gives how many samples lacquer_resample writes for so many, to size a buffer.
 */
enum lacquer_status lacquer_resample_len(size_t num_samples,
                                         double from_hz,
                                         double to_hz,
                                         size_t *num_resampled);

/**
 * Brings one channel to another rate, as for a mel spectrogram: flat to 0.44 of the lower rate, folding 90 dB down, without delay.
 * `capacity` is at least what lacquer_resample_len says, and input and output share no memory.
 */
enum lacquer_status lacquer_resample(const float *samples,
                                     size_t num_samples,
                                     double from_hz,
                                     double to_hz,
                                     float *output,
                                     size_t capacity);

/**
 * Makes an engine for audio of 8000 to 384000 Hz and 1 or 2 channels. Blocks longer than `max_block_len`, or than 65536, are split: the
 * bits are the same. `latency` is a lacquer_latency. Every parameter is at its default: the limiter alone works.
 */
enum lacquer_status lacquer_engine_create(double sample_rate_hz,
                                          uint32_t num_channels,
                                          uint32_t max_block_len,
                                          int32_t latency,
                                          struct lacquer_engine **engine);

/**
 * Frees an engine.
 */
void lacquer_engine_destroy(struct lacquer_engine *engine);

/**
 * Sets a parameter by its id, such as "limiter.ceiling_dbtp"; it is approached without a click. Real-time, unless it fails.
 */
enum lacquer_status lacquer_engine_set(struct lacquer_engine *engine,
                                       const char *id,
                                       double value);

/**
 * Gives a parameter's value. Real-time, unless it fails.
 */
enum lacquer_status lacquer_engine_get(const struct lacquer_engine *engine, const char *id, double *value);

/**
 * Sets every parameter to a preset's, by the name of one of the factory's or the user's, or the path of a file.
 */
enum lacquer_status lacquer_engine_load_preset(struct lacquer_engine *engine,
                                               const char *name);

/**
 * Sets every parameter to a preset's, from its TOML: `length` bytes, which need no NUL.
 */
enum lacquer_status lacquer_engine_load_toml(struct lacquer_engine *engine, const char *toml, size_t length);

/**
 * Sets every parameter to those of a lacquer_settings, such as lacquer_master has found. Real-time.
 */
enum lacquer_status lacquer_engine_use_settings(struct lacquer_engine *engine,
                                                const struct lacquer_settings *settings);

/**
 * Gives the engine's noise remover another model. The engine forgets its audio and its meters. Allocates.
 */
enum lacquer_status lacquer_engine_use_model(struct lacquer_engine *engine,
                                             const struct lacquer_model *model);

/**
 * How many samples later the output comes. Real-time.
 */
enum lacquer_status lacquer_engine_latency(const struct lacquer_engine *engine, size_t *num_samples);

/**
 * Forgets all audio and the meters, and keeps the settings. Real-time.
 */
enum lacquer_status lacquer_engine_reset(struct lacquer_engine *engine);

/**
 * Masters interleaved audio in place: `num_frames` times the engine's number of channels samples. Real-time.
 */
enum lacquer_status lacquer_engine_process(struct lacquer_engine *engine, float *samples, size_t num_frames);

/**
 * Masters planar audio in place: a pointer to `num_frames` samples for each channel. Real-time, as lacquer_engine_process is; the
 * bits are the same.
 */
enum lacquer_status lacquer_engine_process_planar(struct lacquer_engine *engine,
                                                  float *const *planes,
                                                  uint32_t num_channels,
                                                  size_t num_frames);

/**
 * Gives what the meter of the output reads since the reset. Real-time.
 */
enum lacquer_status lacquer_engine_meters(const struct lacquer_engine *engine,
                                          struct lacquer_loudness *loudness);

/**
 * Gives what the modules do to the level. Real-time.
 */
enum lacquer_status lacquer_engine_reductions(const struct lacquer_engine *engine,
                                              struct lacquer_reductions *reductions);

/**
 * Gives how the engine is. Real-time.
 */
enum lacquer_status lacquer_engine_health(const struct lacquer_engine *engine, struct lacquer_health *health);

/**
 * Fills options with "streaming", its targets, no dither, no assistant, and the refusal of what cannot be had.
 */
enum lacquer_status lacquer_master_options_default(struct lacquer_master_options *options);

/**
 * Masters a whole programme: measures it, solves for the loudness gain and the limiter's ceiling by rendering, renders, and measures
 * the master. `output` has as many channels and frames as `input`, and may be `input` itself. `options` may be NULL for the defaults.
 * `report` may be NULL, and so may `settings`, where the caller gets all that the master was made with, to be freed by
 * lacquer_settings_free. The bits are those of `lacquer bounce` in floating point.
 */
enum lacquer_status lacquer_master(const float *const *input,
                                   uint32_t num_channels,
                                   size_t num_frames,
                                   uint32_t sample_rate_hz,
                                   const struct lacquer_master_options *options,
                                   float *const *output,
                                   struct lacquer_report *report,
                                   struct lacquer_settings **settings);

/**
 * What Whisper hears: 25 ms every 10 ms at 16 kHz; 80 bands, or 128 from large-v3 on.
 */
enum lacquer_status lacquer_mel_config_whisper(uint32_t num_bands, struct lacquer_mel_config *config);

/**
 * What librosa.feature.melspectrogram gives through power_to_db: 128 bands at 22.05 kHz.
 */
enum lacquer_status lacquer_mel_config_librosa(struct lacquer_mel_config *config);

/**
 * What Kaldi's compute-fbank-feats gives without dither: 80 bands at 16 kHz.
 */
enum lacquer_status lacquer_mel_config_kaldi(struct lacquer_mel_config *config);

/**
 * Sees to it that a configuration can be followed; lacquer_last_error names the first field that cannot.
 */
enum lacquer_status lacquer_mel_config_validate(const struct lacquer_mel_config *config);

/**
 * Computes the mel spectrogram of a clip.
 */
enum lacquer_status lacquer_mel_compute(const struct lacquer_mel_config *config,
                                        const float *samples,
                                        size_t num_samples,
                                        struct lacquer_mel **mel);

/**
 * Gives how many bands and frames there are.
 */
enum lacquer_status lacquer_mel_shape(const struct lacquer_mel *mel, size_t *num_bands, size_t *num_frames);

/**
 * Gives how many values there are, bands times frames, to size a buffer.
 */
enum lacquer_status lacquer_mel_size(const struct lacquer_mel *mel, size_t *num_values);

/**
 * Copies all values out, band after band.
 */
enum lacquer_status lacquer_mel_copy(const struct lacquer_mel *mel, float *values, size_t capacity);

/**
 * Gives the values without a copy, band after band. They are valid until the spectrogram is freed.
 */
enum lacquer_status lacquer_mel_data(const struct lacquer_mel *mel, const float **values);

/**
 * Frees a spectrogram.
 */
void lacquer_mel_free(struct lacquer_mel *mel);

/**
 * Begins a stream. Where values are limited by the clip's largest, the largest so far stands for it; a `top` that is a number, in the
 * values' own unit, stands for it instead, and NAN does not.
 */
enum lacquer_status lacquer_mel_stream_create(const struct lacquer_mel_config *config,
                                              double top,
                                              struct lacquer_mel_stream **stream);

/**
 * Gives how many frames `num_samples` more samples, and the end after them, can complete at most, to size a buffer.
 */
enum lacquer_status lacquer_mel_stream_room(const struct lacquer_mel_stream *stream,
                                            size_t num_samples,
                                            size_t *num_frames);

/**
 * Takes the next samples and gives the frames that they complete, frame after frame, each with all its bands. `capacity` is counted
 * in frames, and at least what lacquer_mel_stream_room says. Real-time.
 */
enum lacquer_status lacquer_mel_stream_process(struct lacquer_mel_stream *stream,
                                               const float *samples,
                                               size_t num_samples,
                                               float *frames,
                                               size_t capacity,
                                               size_t *num_frames);

/**
 * The clip has ended: gives the frames that see its end. After it the stream is as new.
 */
enum lacquer_status lacquer_mel_stream_finish(struct lacquer_mel_stream *stream,
                                              float *frames,
                                              size_t capacity,
                                              size_t *num_frames);

/**
 * Frees a stream.
 */
void lacquer_mel_stream_free(struct lacquer_mel_stream *stream);

/**
 * Makes a meter for 1 to 24 channels of 8000 to 384000 Hz. Five channels are left, right, centre and two surrounds; six have the LFE
 * after the centre; others all count the same. With `dual_mono` other than 0 a single channel counts as heard from two loudspeakers.
 */
enum lacquer_status lacquer_meter_create(double sample_rate_hz,
                                         uint32_t num_channels,
                                         int32_t dual_mono,
                                         struct lacquer_meter **meter);

/**
 * Frees a meter.
 */
void lacquer_meter_destroy(struct lacquer_meter *meter);

/**
 * Hears interleaved audio: `num_frames` times the meter's number of channels samples. Real-time.
 */
enum lacquer_status lacquer_meter_process(struct lacquer_meter *meter,
                                          const float *samples,
                                          size_t num_frames);

/**
 * Hears planar audio: a pointer to `num_frames` samples for each channel. Real-time.
 */
enum lacquer_status lacquer_meter_process_planar(struct lacquer_meter *meter,
                                                 const float *const *planes,
                                                 uint32_t num_channels,
                                                 size_t num_frames);

/**
 * The programme has ended: the loudness range then counts what Tech 3342 puts after it. Real-time.
 */
enum lacquer_status lacquer_meter_finish(struct lacquer_meter *meter);

/**
 * Gives what the meter reads. Real-time.
 */
enum lacquer_status lacquer_meter_read(const struct lacquer_meter *meter, struct lacquer_loudness *loudness);

/**
 * Forgets everything heard. Real-time.
 */
enum lacquer_status lacquer_meter_reset(struct lacquer_meter *meter);

/**
 * Gives the model that is built in: RNNoise's.
 */
enum lacquer_status lacquer_model_load_builtin(struct lacquer_model **model);

/**
 * Reads a model in the format that nnnoiseless' training writes (RNNoise's weights in bytes): layers of signed bytes, each after
 * its numbers of inputs and neurons and its activation.
 */
enum lacquer_status lacquer_model_load_file(const char *path,
                                            struct lacquer_model **model);

/**
 * How many bytes of memory the model takes, which the engines that use it share: 0 for the one that is built in, whose weights are
 * there once for all.
 */
enum lacquer_status lacquer_model_memory(const struct lacquer_model *model,
                                         uint64_t *num_bytes);

/**
 * Frees a model. Engines that use it go on using what they have.
 */
void lacquer_model_unload(struct lacquer_model *model);

/**
 * How many parameters there are.
 */
size_t lacquer_param_count(void);

/**
 * Describes the parameter at `index`, from 0.
 */
enum lacquer_status lacquer_param_describe(size_t index, struct lacquer_param *param);

/**
 * How many presets the factory has. The user's own are found by name as well.
 */
size_t lacquer_preset_count(void);

/**
 * The name of the factory's preset at `index`, from 0, or NULL beyond the last. Static.
 */
const char *lacquer_preset_name(size_t index);

/**
 * Makes settings of a preset, by the name of one of the factory's or the user's, or the path of a file. What a bounce solves for is
 * not among them: lacquer_master gives settings that have it.
 */
enum lacquer_status lacquer_settings_load(const char *preset,
                                          struct lacquer_settings **settings);

/**
 * Gives a parameter's value. Real-time, unless it fails.
 */
enum lacquer_status lacquer_settings_get(const struct lacquer_settings *settings,
                                         const char *id,
                                         double *value);

/**
 * Sets a parameter by its id, such as "limiter.ceiling_dbtp". Real-time, unless it fails.
 */
enum lacquer_status lacquer_settings_set(struct lacquer_settings *settings, const char *id, double value);

/**
 * Frees settings.
 */
void lacquer_settings_free(struct lacquer_settings *settings);

/**
 * Makes an analyser with a Hann window of `fft_len` samples, each overlapping three quarters of the one before. Powers are averaged
 * over `averaging_ms`, 0 to 60000; 0 shows each frame.
 */
enum lacquer_status lacquer_spectrum_create(double sample_rate_hz,
                                            uint32_t fft_len,
                                            double averaging_ms,
                                            struct lacquer_spectrum **spectrum);

/**
 * Frees an analyser.
 */
void lacquer_spectrum_free(struct lacquer_spectrum *spectrum);

/**
 * Takes the next samples. Real-time.
 */
enum lacquer_status lacquer_spectrum_process(struct lacquer_spectrum *spectrum,
                                             const float *samples,
                                             size_t num_samples);

/**
 * Gives how many bins there are, from 0 Hz to half the rate, and how far apart.
 */
enum lacquer_status lacquer_spectrum_shape(const struct lacquer_spectrum *spectrum,
                                           size_t *num_bins,
                                           double *bin_hz);

/**
 * Copies the level of each bin in dBFS, of which there are as many as lacquer_spectrum_shape says; -180 before there was a whole window.
 * Real-time.
 */
enum lacquer_status lacquer_spectrum_levels(const struct lacquer_spectrum *spectrum,
                                            float *levels_dbfs,
                                            size_t capacity);

/**
 * Forgets everything heard. Real-time.
 */
enum lacquer_status lacquer_spectrum_reset(struct lacquer_spectrum *spectrum);

/**
 * What a status means, in words. Static; also for numbers that are no status. Real-time.
 */
const char *lacquer_status_text(int32_t status);

/**
 * Copies what the last call on this thread that did not return LACQUER_OK said: which argument or file, what was expected, what
 * came. As much as fits is copied, with a NUL at its end; returned is the length of the whole text without it, so a buffer of one
 * byte more holds everything. `buffer` may be NULL if `capacity` is 0. Real-time.
 */
size_t lacquer_last_error(char *buffer,
                          size_t capacity);

/**
 * Begins a stream whose settings are known: those that lacquer_master has found, a first pass over the same programme, give its bits
 * again.
 */
enum lacquer_status lacquer_stream_start(double sample_rate_hz,
                                         uint32_t num_channels,
                                         const struct lacquer_settings *settings,
                                         struct lacquer_stream **stream);

/**
 * Begins a stream that is brought to a loudness as it goes: `look_ahead_s`, 0.8 to 60, of the programme are held back and heard before
 * its beginning goes out, and the gain then follows what was heard so far. `output_lufs` is the integrated loudness of the output, -60
 * to 0, or NAN for the preset's. The input is trimmed to what the preset's thresholds are made for, by what was heard of it so
 * far, half the look-ahead beforehand. A programme shorter than 400 ms has no loudness, and keeps its own.
 */
enum lacquer_status lacquer_stream_start_look_ahead(double sample_rate_hz,
                                                    uint32_t num_channels,
                                                    const char *preset,
                                                    double output_lufs,
                                                    double look_ahead_s,
                                                    struct lacquer_stream **stream);

/**
 * Takes the next piece and gives what is ready, planar. `output` has room for `capacity` frames, at least `num_frames`;
 * `num_written` says how many there are. In all, as much comes out as goes in. Input and output share no memory. Real-time, as
 * lacquer_engine_process is.
 */
enum lacquer_status lacquer_stream_next(struct lacquer_stream *stream,
                                        const float *const *input,
                                        uint32_t num_channels,
                                        size_t num_frames,
                                        float *const *output,
                                        size_t capacity,
                                        size_t *num_written);

/**
 * The programme has ended: gives what is left, as much as there is room for. To be called until `num_written` is 0. Real-time, as
 * lacquer_engine_process is.
 */
enum lacquer_status lacquer_stream_finish(struct lacquer_stream *stream,
                                          float *const *output,
                                          uint32_t num_channels,
                                          size_t capacity,
                                          size_t *num_written);

/**
 * Gives how many frames are still to come out for what has gone in, and the loudness gain of what went out last. Real-time.
 */
enum lacquer_status lacquer_stream_state(const struct lacquer_stream *stream,
                                         uint64_t *num_pending,
                                         double *loudness_gain_db);

/**
 * Frees a stream, finished or not.
 */
void lacquer_stream_free(struct lacquer_stream *stream);

/**
 * The version as text, such as "0.1.0". Static. Real-time.
 */
const char *lacquer_version(void);

/**
 * The version as numbers. Until 1.0 another minor version is another interface. Real-time.
 */
enum lacquer_status lacquer_version_numbers(uint32_t *major, uint32_t *minor, uint32_t *patch);

/**
 * Tells whether the library answers: gives back the number with all bits turned over. Real-time.
 */
enum lacquer_status lacquer_ping(uint32_t number, uint32_t *answer);

/**
 * Whether a feature was built in: "mp3" (writing it) or "denoise". LACQUER_NOT_FOUND for names that no version has.
 */
enum lacquer_status lacquer_has_feature(const char *name,
                                        bool *answer);

/**
 * The vector instructions in use: "AVX-512", "AVX2", "SSE4.2", "NEON" or "baseline". The bits are the same with all. Static.
 */
const char *lacquer_simd_level(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LACQUER_H */
