# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2086 # lists of words
# The developer's workflow of stories/developer-workflow, run by the guest's shell in an empty working directory: a source is edited, a test
# written, both are compiled, archived and linked for this guest, the test is run, the results go to /work/out.
set -e
T=/tree/in
cp $T/cjson/cJSON.c $T/cjson/cJSON.h .
sed -i 's/\(define CJSON_VERSION_PATCH\) 15/\1 16/' cJSON.h
sed -i 's/CJSON_VERSION_PATCH != 15/CJSON_VERSION_PATCH != 16/' cJSON.c
cat >check.c <<'END'
#include <stdio.h>
#include <string.h>
#include "cJSON.h"
int main(void)
{
    cJSON *o = cJSON_Parse("{\"list\": [1, 2, 3.5], \"name\": \"capOS\"}");
    char *s = cJSON_PrintUnformatted(o);
    printf("version %s, %s\n", cJSON_Version(), s);
    return strcmp(cJSON_Version(), "1.7.16") != 0 || cJSON_GetArraySize(cJSON_GetObjectItem(o, "list")) != 3;
}
END
tcc -nostdinc -I$T/tcc/include -I$T/musl/include -c cJSON.c check.c $T/tcc/lib/libtcc1.c $T/tcc/lib/va_list.c $T/tcc/lib/alloca86_64.S
tcc -ar rcs libcjson.a cJSON.o
R="libtcc1.o va_list.o alloca86_64.o"
if [ "$(uname -s)" = Linux ]; then
    L=$T/musl/linux/lib
    tcc -nostdlib -static -o check $L/crt1.o $L/crti.o check.o libcjson.a $R $L/libc.a $L/crtn.o
else
    L=$T/musl/capos/lib
    tcc -nostdlib -static -Wl,-Ttext=0x2000b0 -Wl,-section-alignment=0x1000 -o check $L/crt0.o $L/crti.o check.o libcjson.a $R $L/libc.a $L/crtn.o
fi
./check >said
cp cJSON.o check.o libcjson.a said /work/out
ls /work/out
