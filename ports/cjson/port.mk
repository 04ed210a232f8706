# SPDX-License-Identifier: MIT
# cjson: the library inside its example program, and its own test programs (they read `inputs/` and `json-patch-tests/` of the
# source tree's tests folder from their working directory), unpatched.
cjson.version   := 1.7.15
cjson.licence   := MIT
cjson.package   := cjson
cjson.archive   := cjson_1.7.15.orig.tar.gz
cjson.sha256    := 5308fd4bd90cef7aa060558514de6a1a4a0819974a26e6ed13973c5f624c24b2
cjson.method    := make
cjson.configure := -f capbench.mk
cjson.products  := cjson-example=cjson-example cjson-cjson_add=cjson-cjson_add cjson-compare_tests=cjson-compare_tests cjson-json_patch_tests=cjson-json_patch_tests cjson-minify_tests=cjson-minify_tests cjson-misc_tests=cjson-misc_tests cjson-misc_utils_tests=cjson-misc_utils_tests cjson-old_utils_tests=cjson-old_utils_tests cjson-parse_array=cjson-parse_array cjson-parse_examples=cjson-parse_examples cjson-parse_hex4=cjson-parse_hex4 cjson-parse_number=cjson-parse_number cjson-parse_object=cjson-parse_object cjson-parse_string=cjson-parse_string cjson-parse_value=cjson-parse_value cjson-parse_with_opts=cjson-parse_with_opts cjson-print_array=cjson-print_array cjson-print_number=cjson-print_number cjson-print_object=cjson-print_object cjson-print_string=cjson-print_string cjson-print_value=cjson-print_value cjson-readme_examples=cjson-readme_examples
cjson.limits    :=
