/* SPDX-License-Identifier: MIT */
/* Console: output to the program console, nothing else. Invariant: it has no state; every Console is the same
 * one. */
#include "kernel/cap_params.h"
#include "kernel/tty.h"

static int console_write(struct call *c)
{
    const uint8_t *data = NULL;
    uint32_t len = 0;
    int err = param_data(c, CAPOS_P_CONSOLE_WRITE_DATA_PTR, &data, &len);

    if (err != 0)
        return err;
    tty_write(data, len);
    return 0;
}

static int console_write_line(struct call *c)
{
    const char *text = NULL;
    uint32_t len = 0;
    int err = param_text(c, CAPOS_P_CONSOLE_WRITE_LINE_TEXT_PTR, &text, &len);

    if (err != 0)
        return err;
    tty_write_line(text, len);
    return 0;
}

static void console_destroy(struct cap_object *o)
{
    heap_free(o);
}

static const struct cap_method console_methods[] = {
    [CAPOS_M_CONSOLE_WRITE] = {"write", console_write},
    [CAPOS_M_CONSOLE_WRITE_LINE] = {"writeLine", console_write_line},
};

/* Not transferable: upstream refuses descriptors on a Console. */
static const struct cap_class console_class = {
    .name = "Console",
    .interface_id = CAPOS_IFACE_CONSOLE,
    .transferable = false,
    .methods = console_methods,
    .nmethods = sizeof console_methods / sizeof console_methods[0],
    .destroy = console_destroy,
};

struct cap_object *cap_console_new(void)
{
    struct cap_object *o = heap_alloc(sizeof *o);

    if (o != NULL)
        cap_object_init(o, &console_class);
    return o;
}
