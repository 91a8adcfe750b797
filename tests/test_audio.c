/* Sounds and features: against NumPy, whose numbers are in tests/fixtures/mel.txt (float64, its own
 * FFT, the formulas of audio.h), and against sines that are known at any rate. */
#include "counting.h"
#include "suite.h"

#include <tapeloop/train.h>
#include <unistd.h>

static const double PI = 3.14159265358979323846;

/* Where kissfft or libsndfile is missing, the calls say so, and the rest of a test is left out. */
static bool is_left_out(const tl_error *e)
{
	bool built_without = strstr(e->text, "was built without") != NULL;
	if (built_without)
		printf("left out: %s\n", e->text);
	return built_without;
}

static void fill_samples(float *x, int count)
{
	for (int n = 0; n < count; n++) {
		double t = n / 16000.0;
		x[n] = (float)(0.5 * sin(2 * PI * 440 * t) +
			       0.25 * sin(2 * PI * (300 * t + 90000 * t * t)) +
			       0.01 * sin((double)n * n));
	}
}

START_TEST(features_are_those_of_numpy)
{
	static const tl_mel_options options[] = {{.rate = 16000, .filters = 26},
						 {.rate = 16000,
						  .filters = 20,
						  .frame = 300,
						  .hop = 200,
						  .low = 80,
						  .high = 6000,
						  .scale = TL_MEL_SLANEY}};
	char path[1024], name[16];
	float x[720], y[100];
	snprintf(path, sizeof path, "%s/tests/fixtures/mel.txt",
		 getenv("TL_SOURCE") ? getenv("TL_SOURCE") : ".");
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	fill_samples(x, 720);
	for (int k = 0; k < 2; k++) {
		tl_error e = {TL_OK, ""};
		tl_mel *m = tl_mel_create(&options[k], &e);
		if (!m && is_left_out(&e))
			break;
		ck_assert_msg(m, "%s", e.text);
		int frames, filters;
		ck_assert_int_eq(fscanf(file, "%15s %d %d", name, &frames, &filters), 3);
		ck_assert_int_eq(tl_mel_frame_count(m, 720), frames);
		ck_assert_int_eq(tl_mel_filter_count(m), filters);
		ck_assert_int_eq(tl_mel_apply(m, x, 720, y, &e), TL_OK);
		for (int i = 0; i < frames * filters; i++) {
			double expected;
			ck_assert_int_eq(fscanf(file, "%lf", &expected), 1);
			assert_near((double)y[i], expected, 1e-4);
		}
		ck_assert_int_eq(tl_mel_frame_count(m, options[k].frame - 1), 0);
		memset(x, 0, sizeof x);
		ck_assert_int_eq(tl_mel_apply(m, x, 720, y, &e), TL_OK);
		ck_assert_float_eq(y[5], (float)log(1e-10)); /* of silence */
		fill_samples(x, 720);
		tl_mel_destroy(m);
	}
	fclose(file);
}
END_TEST

START_TEST(what_features_cannot_be_is_refused)
{
	static const struct {
		tl_mel_options o;
		const char *words;
	} wrong[] = {
		{{0}, "mel: what is the rate of the samples?"},
		{{.rate = 16000, .high = 9000},
		 "mel: frame, hop and filters are positive, low < high <= rate / 2, least is "
		 "positive"},
		{{.rate = 16000, .filters = 300},
		 "mel: filter 1, 6 to 17 Hz, is narrower than a bin of the spectrum: take fewer "
		 "filters "
		 "or longer frames"},
	};
	for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
		tl_error e = {TL_OK, ""};
		ck_assert_ptr_null(tl_mel_create(&wrong[k].o, &e));
		if (!is_left_out(&e) && wrong[k].o.filters != 300)
			ck_assert_str_eq(e.text, wrong[k].words);
		ck_assert_int_eq(e.status, TL_ERROR_ARGUMENT);
	}
	tl_error e = {TL_OK, ""};
	tl_mel *m = tl_mel_create(&(tl_mel_options){.rate = 8000}, &e);
	if (!m && is_left_out(&e))
		return;
	float x[199] = {0}, y[1];
	ck_assert_int_eq(tl_mel_apply(m, x, 199, y, &e), TL_ERROR_ARGUMENT);
	ck_assert_str_eq(e.text, "mel: there are no features of 199 samples, for a frame has 200");
	tl_mel_destroy(m);
}
END_TEST

/* WAV files */

static void put(unsigned char **to, uint32_t value, int bytes)
{
	for (int k = 0; k < bytes; k++)
		*(*to)++ = (unsigned char)(value >> (8 * k));
}

/* 16 bits: a sine of `hz` in the first channel, nothing in the others. Returns its size. */
static size_t wav(unsigned char *to, int rate, int channels, int count, double hz)
{
	unsigned char *at = to;
	uint32_t data = (uint32_t)(2 * channels * count);
	memcpy(at, "RIFF....WAVEfmt ", 16);
	at += 4, put(&at, 36 + data, 4), at += 8;
	put(&at, 16, 4), put(&at, 1, 2), put(&at, (uint32_t)channels, 2);
	put(&at, (uint32_t)rate, 4), put(&at, (uint32_t)(2 * channels * rate), 4);
	put(&at, (uint32_t)(2 * channels), 2), put(&at, 16, 2);
	memcpy(at, "data", 4);
	at += 4, put(&at, data, 4);
	for (int n = 0; n < count; n++)
		for (int k = 0; k < channels; k++) {
			double x = k ? 0 : sin(2 * PI * hz * n / rate);
			put(&at, (uint32_t)(int32_t)lround(32767 * 0.5 * x) & 0xffff, 2);
		}
	return (size_t)(at - to);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, size, f), size);
	fclose(f);
}

static unsigned char bytes[300000];

START_TEST(sounds_are_averaged_and_resampled)
{
	char path[] = "sound-XXXXXX";
	close(mkstemp(path));
	static const int rates[][2] = {{16000, 0}, {44100, 16000}, {16000, 44100}, {8000, 11025}};
	for (int k = 0; k < 4; k++) {
		int from = rates[k][0], to = rates[k][1] ? rates[k][1] : from, channels = 1 + k % 2;
		double hz = 1000, worst = 0;
		write_file(path, bytes, wav(bytes, from, channels, 20000, hz));
		tl_error e = {TL_OK, ""};
		tl_sound s = {0};
		tl_status status = tl_sound_read(&s, path, rates[k][1], &e);
		if (status && is_left_out(&e))
			break;
		ck_assert_msg(!status, "%s", e.text);
		ck_assert_int_eq(s.rate, to);
		ck_assert_int_eq(s.count, (20000 * (int64_t)to + from - 1) / from);
		for (int64_t n = 500; n < s.count - 500; n++) {
			double x = 0.5 / channels * sin(2 * PI * hz * (double)n / to);
			worst = fmax(worst, fabs((double)s.samples[n] - x));
		}
		ck_assert_msg(worst < (from == to ? 4e-5 : 1e-3), "%d to %d: %g", from, to, worst);
		tl_sound_finish(&s);
		ck_assert_ptr_null(s.samples);
	}
	/* What the lower rate cannot have is gone. */
	write_file(path, bytes, wav(bytes, 44100, 1, 20000, 12000));
	tl_error e = {TL_OK, ""};
	tl_sound s = {0};
	if (!tl_sound_read(&s, path, 16000, &e) || !is_left_out(&e))
		for (int64_t n = 500; n < s.count - 500; n++)
			assert_quick(fabsf(s.samples[n]) < 1e-3f, "%g", (double)s.samples[n]);
	tl_sound_finish(&s);
	unlink(path);
}
END_TEST

START_TEST(a_file_cut_off_is_refused)
{
	char path[] = "sound-XXXXXX";
	close(mkstemp(path));
	size_t size = wav(bytes, 8000, 2, 50, 400);
	tl_sound s = {0};
	tl_error e = {TL_OK, ""};
	for (size_t n = 0; n < size; n++) {
		e.text[0] = 0;
		write_file(path, bytes, n);
		ck_assert_int_ne(tl_sound_read(&s, path, 0, &e), TL_OK);
		ck_assert_msg(!strncmp(e.text, path, strlen(path)) || is_left_out(&e), "%s",
			      e.text);
		ck_assert_ptr_null(s.samples);
	}
	unlink(path);
	ck_assert_int_eq(tl_sound_read(&s, "/nowhere.wav", 0, &e), TL_ERROR_FILE);
	if (!is_left_out(&e))
		ck_assert_str_eq(e.text, "/nowhere.wav: No such file or directory");
	ck_assert_int_ne(tl_sound_read(&s, path, -1, &e), TL_OK);
}
END_TEST

START_TEST(memory_may_run_short_anywhere)
{
	char path[] = "sound-XXXXXX";
	close(mkstemp(path));
	write_file(path, bytes, wav(bytes, 8000, 2, 900, 400));
	counting c;
	counting_start(&c);
	int64_t fail_at = 0;
	do {
		tl_error e = {TL_OK, ""};
		tl_sound s = {0};
		c = (counting){.fail_at = ++fail_at};
		tl_status status = tl_sound_read(&s, path, 16000, &e);
		tl_mel *m = status ? NULL : tl_mel_create(&(tl_mel_options){.rate = 16000}, &e);
		if (is_left_out(&e)) {
			tl_sound_finish(&s);
			break;
		}
		ck_assert_int_eq(!m, c.calls >= fail_at);
		ck_assert(m || e.status == TL_ERROR_MEMORY);
		tl_mel_destroy(m);
		tl_sound_finish(&s);
		ck_assert_int_eq(c.blocks, 0);
	} while (c.calls >= fail_at);
	counting_stop();
	unlink(path);
}
END_TEST

SUITE("audio", features_are_those_of_numpy, what_features_cannot_be_is_refused,
      sounds_are_averaged_and_resampled, a_file_cut_off_is_refused, memory_may_run_short_anywhere)
