# SPDX-License-Identifier: MIT
# The Linux guest's kernel and modules, unpacked from Debian's package.
LINUX_GUEST := $(BUILD)/linux-guest/kernel.json
BUILD_ALL += $(LINUX_GUEST)

.PHONY: linux-guest
linux-guest: $(LINUX_GUEST) ## the Linux guest's kernel and modules

$(LINUX_GUEST): workloads/linux-guest/kernel.sh ports/apt.sh
	$(Q)workloads/linux-guest/kernel.sh $(BUILD)/fetch bookworm $(BUILD)/linux-guest
	$(Q)touch $@
