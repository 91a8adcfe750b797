/*
 * Files that are whole or not there. The file beside is locked while it is written: of two that
 * save at once the second takes the next name, and what a killed process left is known for that,
 * because nobody holds its lock.
 */
#include "base/atomic.h"
#include "base/fail.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, WRITERS = 100, LINKS = 40 };

struct tl_atomic {
	int file;
	size_t used;                           /* bytes of the buffer */
	char path[PATH_MAX], beside[PATH_MAX]; /* beside: "" if it is written to as it is */
	char buffer[BUFFER];
};

static tl_status failed(tl_error *error, const char *path, const char *doing)
{
	return tl_fail(error, TL_ERROR_FILE, "%.200s: %s: %s", path, doing, strerror(errno));
}

/*
 * Open and lock the file beside. It may have been renamed between the two by who wrote it: then
 * what is locked is not what is at the path, and it is tried again. Returns false, with errno, when
 * the system refuses; f->file is -1 when another writes there.
 */
static bool open_beside(tl_atomic *f)
{
	for (;;) {
		struct stat ours, there;
		f->file = open(f->beside, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			       0666);
		if (f->file < 0)
			return false;
		/* where there are no locks at all, one has to do without */
		bool locked = !flock(f->file, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK;
		bool same = !fstat(f->file, &ours) && !lstat(f->beside, &there) &&
			    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
		if (locked && same && S_ISREG(ours.st_mode) && ours.st_nlink == 1)
			return true;
		close(f->file);
		f->file = -1;
		if (!locked || same)
			return true;
	}
}

static bool open_some(tl_atomic *f)
{
	for (int writer = 0; writer < WRITERS; writer++) {
		char number[12] = "";
		if (writer)
			snprintf(number, sizeof number, "%d", writer + 1);
		int length = snprintf(f->beside, sizeof f->beside, "%s.saving%s", f->path, number);
		if (length >= (int)sizeof f->beside) {
			errno = ENAMETOOLONG;
			return false;
		}
		if (!open_beside(f))
			return false;
		if (f->file >= 0)
			return true;
	}
	errno = EBUSY;
	return false;
}

/* Written to as it is. */
static tl_status open_device(tl_atomic *f, const char *path, tl_error *error)
{
	snprintf(f->path, sizeof f->path, "%s", path);
	f->file = open(path, O_WRONLY | O_CLOEXEC);
	return f->file < 0 ? failed(error, path, "cannot be written") : TL_OK;
}

/* What a link points to that points to nothing yet: the file that will be there. Of any other path,
 * the path. */
static bool follow(const char *path, char *target)
{
	char to[PATH_MAX];
	bool fits = snprintf(target, PATH_MAX, "%s", path) < PATH_MAX;
	for (int links = 0; fits && links < LINKS; links++) {
		ssize_t length = readlink(target, to, sizeof to - 1);
		if (length < 0)
			return true;
		to[length] = 0;
		char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
		if (to[0] == '/')
			name = target;
		size_t room = (size_t)(PATH_MAX - (name - target));
		fits = (size_t)snprintf(name, room, "%s", to) < room;
	}
	errno = fits ? ELOOP : ENAMETOOLONG;
	return false;
}

/* A link is followed, so that what it points to is replaced and not the link; the new file has the
 * rights of the old one. */
static tl_status prepare(tl_atomic *f, const char *path, bool any, tl_error *error)
{
	struct stat old;
	bool exists = !stat(path, &old);
	if (exists && any && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode))
		return open_device(f, path, error);
	if (exists && !S_ISREG(old.st_mode))
		return tl_fail(error, TL_ERROR_FILE,
			       "%.200s: it is not a file of bytes, and is not replaced", path);
	if (exists && !realpath(path, f->path))
		return failed(error, path, "cannot be looked up");
	if (!exists && !follow(path, f->path))
		return failed(error, path, "cannot be written");
	if (!open_some(f))
		return failed(error, path, "cannot be written");
	if (ftruncate(f->file, 0) || (exists && fchmod(f->file, old.st_mode & 07777)))
		return failed(error, path, "cannot be written");
	return TL_OK;
}

static tl_atomic *open_atomic(const char *path, bool any, tl_error *error)
{
	if (!path || !*path) {
		tl_fail(error, TL_ERROR_ARGUMENT, "file: there is no path");
		return NULL;
	}
	tl_atomic *f = tl_alloc(sizeof *f);
	if (!f) {
		tl_fail(error, TL_ERROR_MEMORY, "%.200s: out of memory", path);
		return NULL;
	}
	f->file = -1;
	f->used = 0;
	f->path[0] = f->beside[0] = 0;
	tl_status status = prepare(f, path, any, error);
	if (!status)
		return f;
	tl_atomic_close(f, status, error);
	return NULL;
}

tl_atomic *tl_atomic_open(const char *path, tl_error *error)
{
	return open_atomic(path, false, error);
}

tl_atomic *tl_atomic_open_any(const char *path, tl_error *error)
{
	return open_atomic(path, true, error);
}

static bool write_all(int file, const char *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(file, bytes, size);
		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			bytes += done;
			size -= (size_t)done;
		}
	}
	return true;
}

static tl_status flush(tl_atomic *f, tl_error *error)
{
	size_t used = f->used;
	f->used = 0;
	return write_all(f->file, f->buffer, used) ? TL_OK
						   : failed(error, f->path, "cannot be written");
}

tl_status tl_atomic_write(tl_atomic *f, const void *bytes, size_t size, tl_error *error)
{
	if (f->used + size > BUFFER) {
		tl_status status = flush(f, error);
		if (status)
			return status;
		if (size >= BUFFER)
			return write_all(f->file, bytes, size)
				       ? TL_OK
				       : failed(error, f->path, "cannot be written");
	}
	if (size)
		memcpy(f->buffer + f->used, bytes, size);
	f->used += size;
	return TL_OK;
}

/* The name is on the disk when its folder is; some file systems have no such thing and say so. */
static bool sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 1;
	memcpy(folder, slash ? path : ".", length);
	if (slash == path)
		folder[length++] = '/';
	folder[length] = 0;
	int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* one may write into a folder that one cannot read */
	if (file < 0)
		return errno == EACCES;
	bool fine = !fsync(file) || errno == EINVAL || errno == EROFS;
	close(file);
	return fine;
}

tl_status tl_atomic_close(tl_atomic *f, tl_status status, tl_error *error)
{
	if (!f)
		return status;
	if (!status)
		status = flush(f, error);
	bool replaces = f->file >= 0 && f->beside[0];
	if (!status && replaces && (fsync(f->file) || rename(f->beside, f->path)))
		status = failed(error, f->path, "cannot be written");
	if (status && replaces)
		unlink(f->beside);
	else if (!status && replaces && !sync_folder(f->path))
		status = failed(error, f->path, "it is written, but perhaps not yet on the disk");
	if (f->file >= 0)
		close(f->file);
	tl_free(f);
	return status;
}
