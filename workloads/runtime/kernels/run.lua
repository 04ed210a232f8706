-- SPDX-License-Identifier: MIT
-- Runs one kernel: lua run.lua NAME SIZE OUT. NAME.lua beside this file returns a function of its problem's size that gives
-- a text; OUT gets it. Every text is a checksum of the whole computation, the same wherever IEEE doubles and 64-bit integers are.
local name, size, out = arg[1], arg[2], arg[3]

-- Problem sizes: smoke, standard, long.
local sizes = {
	fannkuch = { 7, 9, 10 },
	nbody = { 2500, 50000, 500000 },
	spectral = { 40, 250, 600 },
	trees = { 9, 14, 16 },
	mandelbrot = { 40, 250, 600 },
	queens = { 7, 10, 12 },
	words = { 300, 12000, 80000 },
	sieve = { 20000, 1500000, 8000000 },
}
local column = { smoke = 1, standard = 2, long = 3 }
local n = sizes[name] and sizes[name][column[size]]
if not n then
	error("no kernel " .. tostring(name) .. " of size " .. tostring(size))
end
local kernel = dofile((arg[0]:gsub("run%.lua$", name .. ".lua")))
local file = assert(io.open(out, "w"))
assert(file:write(name, " ", n, "\n", kernel(n), "\n"))
assert(file:close())
