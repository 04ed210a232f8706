# SPDX-License-Identifier: MIT
# The ABI headers are header-only: this only names the include path. `#include "abi/ring.h"`, `#include "capnp/capnp.h"`.
ABI_INC := -Icapos-runtime
