# The build that c2rust's CMake file asks of a tinycbor checkout: `.config`, the library, `install`.
SOURCES := $(wildcard cbor*.c)

libtinycbor.a: $(SOURCES:.c=.o)
	$(AR) rcs $@ $^

.config:
	touch $@

install: libtinycbor.a
	mkdir -p $(prefix)/include/tinycbor $(prefix)/lib
	cp *.h $(prefix)/include/tinycbor
	cp libtinycbor.a $(prefix)/lib

.DEFAULT_GOAL := libtinycbor.a
.PHONY: install
