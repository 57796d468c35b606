/* Runs LV2 plugins in series over a stereo piece, block by block, and says what they cost.
 *
 *   lv2_run RATE BLOCK REPEATS TAIL INPUT OUTPUT URI [PORT=VALUE]... [+ URI [PORT=VALUE]...]...
 *
 * INPUT and OUTPUT are raw 32-bit floats, all of the left channel and then all of the right. The plugins process the
 * whole input and then TAIL frames of silence, REPEATS times over; OUTPUT (or "-" for none) is the first time's, from a
 * cold start, with its tail and with the latency still in it. The fastest of the repeats counts. Printed as one JSON object:
 * latency in frames as the plugins report it, and for the input and for the tail the seconds of processor time of this
 * thread and of the whole process, because a plugin may have threads of its own.
 *
 * A plugin gets what a real-time host gives it: urid:map, options with the block's length, and a worker whose work is
 * done at once, on this thread, so that it is counted. Where there is SSE, flush-to-zero and denormals-are-zero are on.
 */
#define _POSIX_C_SOURCE 200809L

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

enum { MAX_PLUGINS = 8, MAX_URIS = 4096, ATOM_BYTES = 65536, MAX_RESPONSES = 64, RESPONSE_BYTES = 1024, ALIGN = 64 };

/* Flush-to-zero and denormals-are-zero in the control register of SSE. */
#define FTZ_DAZ 0x8040u

typedef struct {
    LilvInstance* lilv;
    const LV2_Worker_Interface* worker;
    uint32_t num_ports;
    float* controls;            /* one for each port */
    void** atoms;               /* a sequence for each port of events, else NULL */
    bool* is_output;
    uint32_t audio_in[2], audio_out[2];
    const float* latency;       /* NULL when it reports none */
    LV2_Worker_Schedule schedule;
    uint32_t num_responses;
    struct { uint32_t size; unsigned char bytes[RESPONSE_BYTES]; } responses[MAX_RESPONSES];
} Plugin;

static LilvWorld* world;
static char* uris[MAX_URIS];
static uint32_t num_uris;
static LV2_URID sequence_type, chunk_type;

static void die(const char* what, const char* which)
{
    fprintf(stderr, "lv2_run: %s%s%s\n", what, which ? ": " : "", which ? which : "");
    exit(1);
}

static void* zeroed(size_t num_bytes)
{
    void* memory = aligned_alloc(ALIGN, (num_bytes + ALIGN) / ALIGN * ALIGN);
    if (!memory)
        die("out of memory", NULL);
    return memset(memory, 0, num_bytes);
}

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char* uri)
{
    (void)handle;
    for (uint32_t idx = 0; idx < num_uris; ++idx)
        if (!strcmp(uris[idx], uri))
            return idx + 1;
    if (num_uris == MAX_URIS)
        return 0;
    uris[num_uris] = strdup(uri);
    return ++num_uris;
}

static const char* unmap_uri(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
    (void)handle;
    return urid >= 1 && urid <= num_uris ? uris[urid - 1] : NULL;
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void* data)
{
    Plugin* plugin = handle;
    if (plugin->num_responses == MAX_RESPONSES || size > RESPONSE_BYTES)
        return LV2_WORKER_ERR_NO_SPACE;
    plugin->responses[plugin->num_responses].size = size;
    if (size)
        memcpy(plugin->responses[plugin->num_responses].bytes, data, size);
    ++plugin->num_responses;
    return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size, const void* data)
{
    Plugin* plugin = handle;
    if (!plugin->worker)
        return LV2_WORKER_ERR_UNKNOWN;
    return plugin->worker->work(lilv_instance_get_handle(plugin->lilv), respond, plugin, size, data);
}

static void deliver_responses(Plugin* plugin)
{
    if (!plugin->worker)
        return;
    LV2_Handle handle = lilv_instance_get_handle(plugin->lilv);
    for (uint32_t idx = 0; idx < plugin->num_responses; ++idx)
        if (plugin->worker->work_response)
            plugin->worker->work_response(handle, plugin->responses[idx].size, plugin->responses[idx].bytes);
    plugin->num_responses = 0;
    if (plugin->worker->end_run)
        plugin->worker->end_run(handle);
}

static const LilvPlugin* find(const char* uri)
{
    LilvNode* node = lilv_new_uri(world, uri);
    const LilvPlugin* found = node ? lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), node) : NULL;
    lilv_node_free(node);
    if (!found)
        die("no such plugin", uri);
    return found;
}

/* Sorts the plugin's ports into audio, control and events, and connects all but the audio. */
static void connect_ports(Plugin* plugin, const LilvPlugin* description)
{
    LilvNode* input = lilv_new_uri(world, LV2_CORE__InputPort);
    LilvNode* audio = lilv_new_uri(world, LV2_CORE__AudioPort);
    LilvNode* control = lilv_new_uri(world, LV2_CORE__ControlPort);
    LilvNode* atom = lilv_new_uri(world, LV2_ATOM__AtomPort);
    uint32_t num_in = 0, num_out = 0;
    for (uint32_t idx = 0; idx < plugin->num_ports; ++idx) {
        const LilvPort* port = lilv_plugin_get_port_by_index(description, idx);
        plugin->is_output[idx] = !lilv_port_is_a(description, port, input);
        if (lilv_port_is_a(description, port, audio)) {
            uint32_t* count = plugin->is_output[idx] ? &num_out : &num_in;
            if (*count < 2)
                (plugin->is_output[idx] ? plugin->audio_out : plugin->audio_in)[*count] = idx;
            ++*count;
        } else if (lilv_port_is_a(description, port, control)) {
            lilv_instance_connect_port(plugin->lilv, idx, &plugin->controls[idx]);
        } else if (lilv_port_is_a(description, port, atom)) {
            plugin->atoms[idx] = zeroed(ATOM_BYTES);
            lilv_instance_connect_port(plugin->lilv, idx, plugin->atoms[idx]);
        } else {
            lilv_instance_connect_port(plugin->lilv, idx, NULL);
        }
    }
    if (num_in != 2 || num_out != 2)
        die("not a stereo plugin", lilv_node_as_uri(lilv_plugin_get_uri(description)));
    lilv_node_free(input), lilv_node_free(audio), lilv_node_free(control), lilv_node_free(atom);
}

/* "PORT=VALUE", a symbol of the plugin's. */
static void set_port(Plugin* plugin, const LilvPlugin* description, char* setting)
{
    char* equals = strchr(setting, '=');
    char* end = NULL;
    if (!equals)
        die("PORT=VALUE expected", setting);
    float value = strtof(equals + 1, &end);
    if (end == equals + 1 || *end)
        die("not a number", setting);
    *equals = '\0';
    LilvNode* symbol = lilv_new_string(world, setting);
    const LilvPort* port = lilv_plugin_get_port_by_symbol(description, symbol);
    lilv_node_free(symbol);
    if (!port)
        die("no such port", setting);
    plugin->controls[lilv_port_get_index(description, port)] = value;
}

static void load(Plugin* plugin, const char* uri, char** settings, int num_settings, double rate_hz, int block_len)
{
    static float option_rate;
    static int32_t option_len, option_bytes = ATOM_BYTES;
    option_rate = (float)rate_hz, option_len = block_len;
    static LV2_URID_Map map = { NULL, map_uri };
    static LV2_URID_Unmap unmap = { NULL, unmap_uri };
    LV2_URID of_int = map_uri(NULL, LV2_ATOM__Int), of_float = map_uri(NULL, LV2_ATOM__Float);
    LV2_Options_Option options[] = {
        { LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__minBlockLength), sizeof option_len, of_int, &option_len },
        { LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__maxBlockLength), sizeof option_len, of_int, &option_len },
        { LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__nominalBlockLength), sizeof option_len, of_int, &option_len },
        { LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__sequenceSize), sizeof option_bytes, of_int, &option_bytes },
        { LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_PARAMETERS__sampleRate), sizeof option_rate, of_float, &option_rate },
        { LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL },
    };
    plugin->schedule = (LV2_Worker_Schedule){ plugin, schedule_work };
    const LV2_Feature features[] = {
        { LV2_URID__map, &map }, { LV2_URID__unmap, &unmap }, { LV2_OPTIONS__options, options },
        { LV2_WORKER__schedule, &plugin->schedule }, { LV2_BUF_SIZE__boundedBlockLength, NULL },
        { LV2_BUF_SIZE__fixedBlockLength, NULL },
    };
    const LV2_Feature* const offered[] = { &features[0], &features[1], &features[2], &features[3], &features[4], &features[5], NULL };

    const LilvPlugin* description = find(uri);
    plugin->num_ports = lilv_plugin_get_num_ports(description);
    plugin->controls = zeroed(plugin->num_ports * sizeof *plugin->controls);
    plugin->atoms = zeroed(plugin->num_ports * sizeof *plugin->atoms);
    plugin->is_output = zeroed(plugin->num_ports * sizeof *plugin->is_output);
    plugin->lilv = lilv_plugin_instantiate(description, rate_hz, offered);
    if (!plugin->lilv)
        die("cannot be instantiated", uri);
    plugin->worker = lilv_instance_get_extension_data(plugin->lilv, LV2_WORKER__interface);
    lilv_plugin_get_port_ranges_float(description, NULL, NULL, plugin->controls);
    for (uint32_t idx = 0; idx < plugin->num_ports; ++idx)
        if (plugin->controls[idx] != plugin->controls[idx])
            plugin->controls[idx] = 0.0f; /* not a number: the port states no default */
    for (int idx = 0; idx < num_settings; ++idx)
        set_port(plugin, description, settings[idx]);
    connect_ports(plugin, description);
    if (lilv_plugin_has_latency(description))
        plugin->latency = &plugin->controls[lilv_plugin_get_latency_port_index(description)];
    lilv_instance_activate(plugin->lilv);
}

static void run(Plugin* plugin, float* const in[2], float* const out[2], uint32_t len)
{
    for (uint32_t idx = 0; idx < plugin->num_ports; ++idx) {
        LV2_Atom_Sequence* sequence = plugin->atoms[idx];
        if (sequence && plugin->is_output[idx])
            sequence->atom = (LV2_Atom){ ATOM_BYTES - sizeof(LV2_Atom), chunk_type };
        else if (sequence)
            sequence->atom = (LV2_Atom){ sizeof(LV2_Atom_Sequence_Body), sequence_type };
    }
    for (int channel = 0; channel < 2; ++channel) {
        lilv_instance_connect_port(plugin->lilv, plugin->audio_in[channel], in[channel]);
        lilv_instance_connect_port(plugin->lilv, plugin->audio_out[channel], out[channel]);
    }
    lilv_instance_run(plugin->lilv, len);
    deliver_responses(plugin);
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* What one part of a piece costs at the least. */
typedef struct { double thread_s, process_s; } Cost;

/* Processes frames [start, end); each plugin's output is the next one's input, by turns in two places. */
static void measure(Plugin* plugins, int num_plugins, float* audio[3][2], long start, long end, int block_len, Cost* least)
{
    double thread_s = seconds(CLOCK_THREAD_CPUTIME_ID), process_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (long at = start; at < end; at += block_len) {
        uint32_t len = (uint32_t)(end - at < block_len ? end - at : block_len);
        for (int idx = 0; idx < num_plugins; ++idx) {
            int from = idx == 0 ? 0 : 1 + (num_plugins - idx) % 2;
            int to = 1 + (num_plugins - 1 - idx) % 2;
            run(&plugins[idx], (float*[2]){ audio[from][0] + at, audio[from][1] + at },
                (float*[2]){ audio[to][0] + at, audio[to][1] + at }, len);
        }
    }
    thread_s = seconds(CLOCK_THREAD_CPUTIME_ID) - thread_s;
    process_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - process_s;
    if (least->thread_s < 0 || thread_s < least->thread_s)
        *least = (Cost){ thread_s, process_s };
}

static long read_piece(const char* path, float* audio[2], long tail_len)
{
    FILE* file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        die("cannot be read", path);
    long len = ftell(file) / (long)(2 * sizeof(float));
    rewind(file);
    for (int channel = 0; channel < 2; ++channel) {
        audio[channel] = zeroed((size_t)(len + tail_len) * sizeof(float));
        if (fread(audio[channel], sizeof(float), (size_t)len, file) != (size_t)len)
            die("cannot be read", path);
    }
    fclose(file);
    return len;
}

static void write_piece(const char* path, float* const audio[2], long len)
{
    FILE* file = fopen(path, "wb");
    bool is_written = file != NULL;
    for (int channel = 0; is_written && channel < 2; ++channel)
        is_written = fwrite(audio[channel], sizeof(float), (size_t)len, file) == (size_t)len;
    if (!is_written || fclose(file))
        die("cannot be written", path);
}

int main(int argc, char** argv)
{
    if (argc < 8)
        die("RATE BLOCK REPEATS TAIL INPUT OUTPUT URI [PORT=VALUE]... [+ URI [PORT=VALUE]...]...", NULL);
    double rate_hz = atof(argv[1]);
    int block_len = atoi(argv[2]), num_repeats = atoi(argv[3]);
    long tail_len = atol(argv[4]);
    if (rate_hz <= 0 || block_len <= 0 || block_len * (long)sizeof(float) % ALIGN || num_repeats <= 0 || tail_len < 0)
        die("a rate, a block in multiples of 16, a number of repeats and a tail are expected", NULL);

    world = lilv_world_new();
    lilv_world_load_all(world);
    sequence_type = map_uri(NULL, LV2_ATOM__Sequence);
    chunk_type = map_uri(NULL, LV2_ATOM__Chunk);
#ifdef __SSE__
    _mm_setcsr(_mm_getcsr() | FTZ_DAZ);
#endif

    static Plugin plugins[MAX_PLUGINS];
    int num_plugins = 0;
    for (int first = 7; first < argc;) {
        int end = first + 1;
        while (end < argc && strcmp(argv[end], "+"))
            ++end;
        if (num_plugins == MAX_PLUGINS)
            die("too many plugins", argv[first]);
        load(&plugins[num_plugins++], argv[first], argv + first + 1, end - first - 1, rate_hz, block_len);
        first = end + 1;
    }

    float* audio[3][2]; /* the piece, and two places for what the plugins make of it; place 1 gets the last one's output */
    long len = read_piece(argv[5], audio[0], tail_len);
    for (int idx = 0; idx < 4; ++idx)
        audio[1 + idx / 2][idx % 2] = zeroed((size_t)(len + tail_len) * sizeof(float));
    Cost music = { -1, -1 }, tail = { -1, -1 };
    double latency = 0;
    for (int repeat = 0; repeat < num_repeats; ++repeat) {
        measure(plugins, num_plugins, audio, 0, len, block_len, &music);
        measure(plugins, num_plugins, audio, len, len + tail_len, block_len, &tail);
        if (repeat == 0 && strcmp(argv[6], "-"))
            write_piece(argv[6], audio[1], len + tail_len);
    }
    for (int idx = 0; idx < num_plugins; ++idx)
        latency += plugins[idx].latency ? *plugins[idx].latency : 0;
    printf("{\"latency_frames\": %.0f, \"music_thread_s\": %.9f, \"music_process_s\": %.9f, \"tail_thread_s\": %.9f, "
           "\"tail_process_s\": %.9f}\n", latency, music.thread_s, music.process_s, tail.thread_s, tail.process_s);
    for (int idx = 0; idx < num_plugins; ++idx) {
        lilv_instance_deactivate(plugins[idx].lilv);
        lilv_instance_free(plugins[idx].lilv);
    }
    lilv_world_free(world);
    return 0;
}
