/* The processes that share a training, under mpirun; one without it. */
#define _GNU_SOURCE /* dladdr */
#include "train/process.h"

#include "base/fail.h"
#include "train/mpi_module.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef TL_MODULES
#define TL_MODULES "/usr/lib/tapeloop"
#endif

/* Found once, for MPI begins once a process. */
static struct {
	const tl_mpi_module *module;
	int rank, count;
	tl_error error;
} meeting = {.count = 1};

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Each mpirun tells its processes how many they are, in words of its own. */
static const char *implementation(void)
{
	const char *open = getenv("OMPI_COMM_WORLD_SIZE"), *pmi = getenv("PMI_SIZE");
	if (open && atoi(open) > 1)
		return "openmpi";
	return pmi && atoi(pmi) > 1 ? "mpich" : NULL;
}

/* Beside this library or in the folder of modules: a build that is not installed is found too. */
static void *opened(const char *name)
{
	char path[4096] = "";
	Dl_info here;
	if (dladdr((void *)(uintptr_t)opened, &here) && strrchr(here.dli_fname, '/')) {
		int folder = (int)(strrchr(here.dli_fname, '/') - here.dli_fname);
		snprintf(path, sizeof path, "%.*s/tapeloop-mpi-%s.so", folder, here.dli_fname,
			 name);
	}
	void *module = *path ? dlopen(path, RTLD_NOW | RTLD_GLOBAL) : NULL;
	if (module)
		return module;
	snprintf(path, sizeof path, "%s/tapeloop-mpi-%s.so", TL_MODULES, name);
	return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
}

static tl_status failed(tl_error *error, const char *what, int code)
{
	char text[256];
	meeting.module->text(code, text, sizeof text);
	return tl_fail(error, TL_ERROR_FILE, "%s: MPI: %s", what, text);
}

static void meet(void)
{
	const char *name = implementation();
	if (!name)
		return;
	void *module = opened(name);
	if (!module) {
		const char *why = dlerror();
		tl_fail(&meeting.error, TL_ERROR_FILE,
			"mpirun: this build has no module for %s (Meson option mpi): %s", name,
			why ? why : "it is not there");
		return;
	}
	meeting.module = (const tl_mpi_module *)dlsym(module, TL_MPI_MODULE);
	if (!meeting.module) {
		tl_fail(&meeting.error, TL_ERROR_FILE,
			"mpirun: the module for %s is of another version", name);
		return;
	}
	int code = meeting.module->begin(&meeting.rank, &meeting.count);
	if (code)
		failed(&meeting.error, "mpirun", code);
	if (code || meeting.count < 1)
		meeting.count = 1, meeting.rank = 0;
}

bool tl_processes_meet(tl_error *error)
{
	pthread_once(&once, meet);
	if (meeting.error.status && error)
		*error = meeting.error;
	return !meeting.error.status;
}

int tl_process_rank(void)
{
	pthread_once(&once, meet);
	return meeting.rank;
}

int tl_process_count(void)
{
	pthread_once(&once, meet);
	return meeting.count;
}

int64_t tl_process_rows(int64_t rows)
{
	int64_t rank = tl_process_rank(), count = tl_process_count();
	return rows < 1 ? 0 : rows * (rank + 1) / count - rows * rank / count;
}

tl_status tl_processes_add_block(void *numbers, int64_t count, tl_dtype dtype, tl_error *error)
{
	int code = meeting.count > 1 ? meeting.module->add(numbers, count, dtype) : 0;
	return code ? failed(error, "adding over the processes", code) : TL_OK;
}

tl_status tl_processes_add(double *numbers, int count, tl_error *error)
{
	return tl_processes_add_block(numbers, count, TL_F64, error);
}

tl_status tl_processes_share(void *bytes, int64_t count, tl_error *error)
{
	int code = meeting.count > 1 ? meeting.module->share(bytes, count) : 0;
	return code ? failed(error, "sharing with the processes", code) : TL_OK;
}
