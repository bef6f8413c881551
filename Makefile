# The whole build on one page; "make help" lists the targets.
#
# The build tree has the shape of the installed one (bin, libexec/hubtools), so programs find their helpers the same
# way in both.  Variants live in trees of their own: make SANITIZE=address,undefined, make CC=clang, make STATIC=1.

.DEFAULT_GOAL := all

# --- settings: all may come from the command line or the environment -------------------------------------------------
ifeq ($(origin CC),default)
CC := cc
endif
CFLAGS     ?= -O2 -g
PREFIX     ?= /usr/local
bindir     ?= $(PREFIX)/bin
libexecdir ?= $(PREFIX)/libexec
datadir    ?= $(PREFIX)/share
mandir     ?= $(datadir)/man
PKG_CONFIG ?= pkg-config
JOBS       ?= $(shell nproc 2>/dev/null || echo 2)

comma   := ,
VARIANT := $(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(findstring clang,$(CC)),-clang)$(if $(STATIC),-static)
BUILD   ?= build$(VARIANT)
Q       := $(if $(V),,@)
say      = $(if $(V),,@printf '  %-5s %s\n' $(1) $(patsubst $(BUILD)/%,%,$@))

# --- what is built: a folder is an archive, a folder of cmd/ a program ------------------------------------------------
HOUSES  := cmd sops gitfilter kms yamlmerge crypto base
BIN     := hubsecrets hubmerge hubrotate hubcrypt hubkms
LIBEXEC := hubkeys hubcrypt-admin hubcrypt-textconv hubsecrets-keyservice
# Programs appear when their main.c does.
exists   = $(foreach p,$(1),$(if $(wildcard cmd/$(p)/main.c),$(p)))
PROGRAMS := $(addprefix $(BUILD)/bin/,$(call exists,$(BIN))) $(addprefix $(BUILD)/libexec/hubtools/,$(call exists,$(LIBEXEC)))

objects  = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(1)/*.c)))
ARCHIVES := $(HOUSES:%=$(BUILD)/lib/%.a)
# The houses that each may use (design section 2): a program, and the unit tests of a house, are linked with these alone.
USES_base      := base
USES_crypto    := crypto base
USES_kms       := kms crypto base
USES_yamlmerge := yamlmerge base
USES_gitfilter := gitfilter crypto base
USES_sops      := sops yamlmerge kms crypto base
USES_cmd       := $(HOUSES)
USES_hubsecrets := cmd sops yamlmerge kms crypto base
USES_hubmerge  := $(HOUSES)
USES_hubrotate := $(HOUSES)
USES_hubcrypt  := cmd gitfilter crypto base
USES_hubcrypt-admin := cmd gitfilter crypto base
USES_hubcrypt-textconv :=
USES_hubkms    := cmd kms crypto base
USES_hubkeys   := cmd kms crypto base
USES_hubsecrets-keyservice := cmd sops yamlmerge kms crypto base

UNIT    := $(patsubst %.c,$(BUILD)/%.t,$(sort $(wildcard tests/unit/*/*.c)))
FUZZ    := $(patsubst %.c,$(BUILD)/%.t,$(sort $(filter-out tests/fuzz/driver.c,$(wildcard tests/fuzz/*.c))))
STANDIN := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/standin/*.c tests/bench/*.c))) \
           $(patsubst tests/standin/preload/%.c,$(BUILD)/tests/standin/%.so,$(sort $(wildcard tests/standin/preload/*.c)))
CLI     := $(sort $(wildcard tests/cli/*/*.t tests/interop/*/*.t tests/fault/*.t tests/*.t))

# --- flags ------------------------------------------------------------------------------------------------------------
LIBS     := openssl libsodium yaml-0.1 libpcre2-8 libcurl jansson libgit2 libmicrohttpd
STATICS  := openssl libsodium yaml-0.1 libpcre2-8
WARN     := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wundef \
            -Wvla -Wformat=2 -Wno-missing-field-initializers $(if $(WERROR),-Werror)
OUR_CPPFLAGS = -I. -D_GNU_SOURCE -DHUB_LIBEXEC='"$(libexecdir)/hubtools"'
OUR_CFLAGS   = -std=gnu11 -fPIE -ffile-prefix-map=$(CURDIR)=. -MMD -MP $(WARN) $(PROBED_CFLAGS) $(LIBS_CFLAGS) $(SANITIZER)
OUR_LDFLAGS  = -pie -Wl,--as-needed $(PROBED_LDFLAGS) $(SANITIZER)
SANITIZER    = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)

# Probed once a tree: hardening flags that this compiler and linker accept, and where the libraries are.
# FORTIFY never together with a sanitizer.  Two guesses of gcc's differ with each version: "may be used uninitialized" cannot
# follow results that are set on success alone (clang's certainty and valgrind find the real ones), and "may be truncated"
# is what snprintf() into a message is for.
PROBE_C  := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -ftrivial-auto-var-init=zero \
            -fzero-call-used-regs=used-gpr -fstrict-flex-arrays=3 -Wno-maybe-uninitialized -Wno-format-truncation $(if $(SANITIZE),,-U_FORTIFY_SOURCE+-D_FORTIFY_SOURCE=3)
PROBE_LD := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code
$(BUILD)/flags.mk: Makefile
	@mkdir -p $(@D)
	@for need in $(LIBS); do $(PKG_CONFIG) --exists $$need || \
	    { echo "missing library: $$need (run 'make deps', or see the table of packages in README.md)" >&2; exit 1; }; done
	@{ printf 'PROBED_CFLAGS :='; for f in $(PROBE_C); do f=$$(echo $$f | tr + ' '); \
	    echo 'int main(void) { return 0; }' | $(CC) -Werror -O2 $$f -x c - -o /dev/null 2>/dev/null && printf ' %s' "$$f"; done; \
	  printf '\nPROBED_LDFLAGS :='; for f in $(PROBE_LD); do \
	    echo 'int main(void) { return 0; }' | $(CC) -Werror $$f -x c - -o /dev/null 2>/dev/null && printf ' %s' "$$f"; done; \
	  printf '\nLIBS_CFLAGS := %s\n' "$$($(PKG_CONFIG) --cflags $(LIBS))"; \
	  if [ -n "$(STATIC)" ]; then \
	    printf 'LIBS_LDLIBS := -Wl,-Bstatic %s -Wl,-Bdynamic %s -lpthread -ldl\n' "$$($(PKG_CONFIG) --libs $(STATICS))" \
	      "$$($(PKG_CONFIG) --libs $(filter-out $(STATICS),$(LIBS)))"; \
	  else printf 'LIBS_LDLIBS := %s\n' "$$($(PKG_CONFIG) --libs $(LIBS))"; fi; } > $@.new && mv $@.new $@
NO_FLAGS := help clean dist deps demo-stop
ifneq ($(filter-out $(NO_FLAGS),$(or $(MAKECMDGOALS),all)),)
-include $(BUILD)/flags.mk
endif

# Our wiping allocator (yamlmerge/yaml_memory.c) takes the place of libyaml's.  In a static link that needs libyaml's to be weak,
# and its calls of malloc() and free(), into which the compiler has turned most of those in api.o, to be ours.
ifneq ($(STATIC),)
$(BUILD)/lib/libyaml.a: $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(Q)objcopy $(foreach f,malloc realloc free strdup,--weaken-symbol=yaml_$(f) --redefine-sym $(f)=yaml_$(f)) \
	    "$$($(CC) -print-file-name=libyaml.a)" $@
$(BUILD)/lib/yamlmerge.a: | $(BUILD)/lib/libyaml.a
OUR_LDFLAGS += -L$(BUILD)/lib
endif
LINK = $(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
       -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS_LDLIBS) $(LDLIBS)

# --- targets ----------------------------------------------------------------------------------------------------------
.PHONY: all help deps check test bench fuzz demo demo-stop install uninstall dist clean
.SECONDARY:
.DELETE_ON_ERROR:

all: $(PROGRAMS)	## build the programs

help:			## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

deps:			## install what building and testing need (asks for root only when something is missing)
	@cmd/demo/deps.sh check

check: deps		## install what the tests need, build, run every test
	@$(MAKE) --no-print-directory -j$(JOBS) test

test: all $(UNIT) $(FUZZ) $(STANDIN)
	$(Q)BUILD=$(abspath $(BUILD)) prove -j$(JOBS) --merge -e '' $(PROVE) $(UNIT) $(FUZZ) $(CLI)

bench: all $(STANDIN)	## measure against the peers that are installed
	$(Q)BUILD=$(abspath $(BUILD)) tests/bench/run.sh

demo:			## install, build, start the local KMS, make and resolve a sample repository
	@cmd/demo/deps.sh build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(abspath $(BUILD)) cmd/demo/run.sh

demo-stop:		## end what 'make demo' left running
	@BUILD=$(abspath $(BUILD)) cmd/demo/run.sh stop

install: all		## install under DESTDIR and PREFIX
	@BUILD='$(BUILD)' DESTDIR='$(DESTDIR)' bindir='$(bindir)' libexecdir='$(libexecdir)' mandir='$(mandir)' datadir='$(datadir)' \
	    NAMES='$(NAMES)' cmd/install.sh

uninstall:		## remove what 'make install' put there
	@DESTDIR='$(DESTDIR)' bindir='$(bindir)' libexecdir='$(libexecdir)' mandir='$(mandir)' datadir='$(datadir)' cmd/install.sh remove

dist:			## a source archive of the last commit
	git archive --prefix=hubtools-$(VERSION)/ -o hubtools-$(VERSION).tar.gz HEAD
VERSION = $(shell sed -n 's/^\#define HUB_VERSION[^"]*"\(.*\)"/\1/p' base/version.h)

clean:			## remove every build tree
	rm -rf build build-*

# --- rules ------------------------------------------------------------------------------------------------------------
$(BUILD)/obj/%.o: %.c $(BUILD)/flags.mk
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) -c -o $@ $<

define house
$(BUILD)/lib/$(1).a: $(call objects,$(1))
	$$(call say,AR)
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && ar rcsD $$@ $$^
endef
$(foreach h,$(HOUSES),$(eval $(call house,$(h))))

define program
$(BUILD)/$(1)/$(2): $(call objects,cmd/$(2)) $(USES_$(2):%=$(BUILD)/lib/%.a)
	$$(call say,LINK)
	@mkdir -p $$(@D)
	$(Q)$$(LINK)
endef
$(foreach p,$(call exists,$(BIN)),$(eval $(call program,bin,$(p))))
$(foreach p,$(call exists,$(LIBEXEC)),$(eval $(call program,libexec/hubtools,$(p))))

define unit
$(BUILD)/tests/unit/$(1)/%.t: $(BUILD)/obj/tests/unit/$(1)/%.o $(USES_$(1):%=$(BUILD)/lib/%.a)
	$$(call say,LINK)
	@mkdir -p $$(@D)
	$(Q)$$(LINK)
endef
$(foreach h,$(HOUSES),$(eval $(call unit,$(h))))
# Without a fuzzing compiler the driver replays the corpus; "make fuzz" links libFuzzer in its place.
$(BUILD)/tests/fuzz/%.t: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/driver.o $(ARCHIVES)
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(LINK)
$(BUILD)/tests/fuzz/%.fuzz: $(BUILD)/obj/tests/fuzz/%.o $(ARCHIVES)
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(LINK) -fsanitize=fuzzer
$(BUILD)/tests/standin/%: $(BUILD)/obj/tests/standin/%.o $(ARCHIVES)
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(LINK)
$(BUILD)/tests/standin/%.so: tests/standin/preload/%.c $(BUILD)/flags.mk
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<
$(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(ARCHIVES)
	$(call say,LINK)
	@mkdir -p $(@D)
	$(Q)$(LINK)

SECONDS ?= 60
fuzz:			## run every fuzz target for SECONDS each, under ASan and UBSan (needs clang)
	@BUILD=$(abspath build-fuzz) SECONDS_EACH=$(SECONDS) tests/fuzz/run.sh

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
