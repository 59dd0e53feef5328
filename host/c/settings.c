/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "settings.h"

#include "backends.h"
#include "core/policy.h"
#include "instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

const char *const vpoll_backend_names[] = {BACKEND_NAMES};

static const struct {
  const char *name;
  uint32_t bit;
} events[] = {EVENT_NAMES};
static const char BLANKS[] = " \t\n\v\f\r", SEPARATORS[] = "|, \t\n\v\f\r";

static int parse_backend(const char *text) {
  if (text == NULL || *text == '\0') return AUTO;
  for (int i = 0; i < BACKEND_COUNT; i++) {
    if (strcmp(text, vpoll_backend_names[i]) == 0) return i;
  }
  return -EINVAL;
}

/* A number, decimal or hexadecimal with 0x. */
static bool parse_number(const char *word, size_t size, uint32_t *value) {
  char digits[12];
  if (size >= sizeof digits || word[0] < '0' || word[0] > '9') return false;
  memcpy(digits, word, size);
  digits[size] = '\0';
  const bool is_hex = digits[0] == '0' && (digits[1] | 0x20) == 'x';
  char *end;
  const unsigned long long number = strtoull(digits, &end, is_hex ? 16 : 10);
  *value = (uint32_t)number;
  return *end == '\0' && end > digits + (is_hex ? 2 : 0) && number <= UINT32_MAX;
}

/* A name of an event, with or without EPOLL or POLL before it, in any case. */
static bool parse_name(const char *word, size_t size, uint32_t *value) {
  const size_t prefix = size > 5 && strncasecmp(word, "EPOLL", 5) == 0 ? 5 : size > 4 && strncasecmp(word, "POLL", 4) == 0 ? 4 : 0;
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    if (strlen(events[i].name) != size - prefix || strncasecmp(word + prefix, events[i].name, size - prefix) != 0) continue;
    *value = events[i].bit;
    return true;
  }
  return false;
}

/* What parseEvents() of src/events.ts takes: names and numbers, with one bar, one comma or blanks between two. A word that is missing is of size 0, which is
 * neither. */
static int parse_events(const char *text, uint32_t *mask) {
  *mask = 0;
  if (text == NULL || *text == '\0') return 0;
  const char *at = text + strspn(text, BLANKS);
  bool is_due = true;
  while (is_due || *at != '\0') {
    const size_t size = strcspn(at, SEPARATORS);
    uint32_t bits;
    if (!parse_number(at, size, &bits) && !parse_name(at, size, &bits)) return -EINVAL;
    *mask |= bits;
    at += size;
    at += strspn(at, BLANKS);
    is_due = *at == '|' || *at == ',';
    if (is_due) at += 1 + strspn(at + 1, BLANKS);
  }
  return *mask & ~SETTABLE ? -EINVAL : 0;
}

/* Which of these words a variable says, 0 where it is empty, or -EINVAL where it says none of them. The last is NULL. */
static int parse_choice(const char *text, const char *const *words) {
  if (text == NULL || *text == '\0') return 0;
  for (int i = 0; words[i] != NULL; i++) {
    if (strcmp(text, words[i]) == 0) return i;
  }
  return -EINVAL;
}

int vpoll_read_settings(struct vpoll_settings *settings) {
  static const char *const strict_words[] = {"0", "1", "passing", NULL}, *const fuse_words[] = VPOLL_FUSE_WORDS,
                                        *const order_words[] = {"truest", "seed", NULL};
  const int backend = parse_backend(secure_getenv(settings->wrong = "VPOLL_BACKEND"));
  if (backend < 0) return backend;
  const int strict = parse_choice(secure_getenv(settings->wrong = "VPOLL_STRICT"), strict_words);
  if (strict < 0) return strict;
  const int order = parse_choice(secure_getenv(settings->wrong = "VPOLL_ORDER"), order_words);
  if (order < 0) return order;
  const int fuse = parse_choice(secure_getenv(settings->wrong = "VPOLL_FUSE"), fuse_words);
  if (fuse < 0) return fuse;
  const int status = parse_events(secure_getenv(settings->wrong = "VPOLL_NEEDS"), &settings->needs);
  if (status < 0) return status;
  settings->backend = backend;
  settings->is_seed_order = order == 1;
  settings->is_strict = strict > 0;
  settings->may_pass = strict == 2;
  settings->is_fuse_off = fuse == 1;
  settings->wrong = NULL;
  return 0;
}
