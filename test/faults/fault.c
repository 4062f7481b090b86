/* Programs that end in one way each: `fault MODE [N]`. N is MiB, an exit code, or seconds. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const size_t MIB = 1 << 20;

/* Piece by piece, each page written: a page that nobody touches takes nothing. */
static void fill(int mib, int flags) {
  for (int i = 0; i < mib; i++) {
    void *piece = mmap(NULL, MIB, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) {
      perror("mmap");
      exit(1);
    }
    memset(piece, 1, MIB);
  }
}

static void say(const char *word) {
  printf("%s %d\n", word, getpid());
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int n = argc > 2 ? atoi(argv[2]) : 0;
  int more = argc > 3 ? atoi(argv[3]) : 0;
  if (!strcmp(mode, "exit")) return n;
  if (!strcmp(mode, "grow")) fill(n, MAP_PRIVATE);
  if (!strcmp(mode, "share")) fill(n, MAP_SHARED);
  if (!strcmp(mode, "hold")) { /* fill, say so, wait for a line, fill more */
    fill(n, MAP_PRIVATE);
    say("filled");
    getchar();
    fill(more, MAP_PRIVATE);
  }
  if (!strcmp(mode, "stay")) {
    fill(n, MAP_PRIVATE);
    say("filled");
    for (;;) pause();
  }
  if (!strcmp(mode, "deaf")) {
    signal(SIGTERM, SIG_IGN);
    say("deaf");
    for (;;) pause();
  }
  if (!strcmp(mode, "deaf-then-grow")) { /* asked to end, it goes on, and is killed */
    signal(SIGTERM, SIG_IGN);
    say("deaf");
    usleep(500 * 1000);
    fill(n, MAP_PRIVATE);
  }
  if (!strcmp(mode, "hang-on")) { /* ignores that its terminal goes, and ends a little later */
    signal(SIGHUP, SIG_IGN);
    say("ignores");
    usleep(2000 * 1000);
  }
  if (!strcmp(mode, "stopped")) {
    say("stopped");
    raise(SIGSTOP);
    for (;;) pause();
  }
  if (!strcmp(mode, "child")) { /* a child grows and is killed; then this process exits so */
    if (fork() == 0) {
      fill(400, MAP_PRIVATE);
      _exit(0);
    }
    wait(NULL);
    return n;
  }
  if (!strcmp(mode, "null")) { /* malloc returns NULL */
    struct rlimit limit = {256 * MIB, 256 * MIB};
    setrlimit(RLIMIT_AS, &limit);
    void *all = malloc(512 * MIB);
    if (!all) {
      fprintf(stderr, "fault: malloc: %s\n", strerror(errno));
      return 1;
    }
    memset(all, 1, MIB);
  }
  if (!strcmp(mode, "segv")) *(volatile int *)8 = 1;
  if (!strcmp(mode, "abort")) abort();
  if (!strcmp(mode, "kill")) kill(getpid(), n);
  if (!strcmp(mode, "stop")) { /* the larger of two processes, stopped, when the smaller grows */
    if (fork() == 0) {
      usleep(500 * 1000);
      fill(more, MAP_PRIVATE);
      _exit(0);
    }
    fill(n, MAP_PRIVATE);
    raise(SIGSTOP);
  }
  if (!strcmp(mode, "child-then-kill")) { /* a child is killed for memory; then this process by SIGKILL */
    if (fork() == 0) {
      fill(n, MAP_PRIVATE);
      _exit(0);
    }
    wait(NULL);
    kill(getpid(), SIGKILL);
  }
  return 0;
}
