-- SPDX-License-Identifier: MIT
-- Runs Lua's own test suite (testes/all.lua, from the working directory) and writes which of its files ended well:
--   lua suite.lua MODE REPORT      MODE: soft = as the suite's own "user tests", full = without its soft limits
-- One shim: the C library takes any locale's name, one check wants unknown names refused; os.setlocale here refuses them.
-- Invariant: REPORT is written only when the whole suite came to its end; whatever fails ends the process with an error.
local mode, report = arg[1], arg[2]
local _G, format, open, error, type, real_print = _G, string.format, io.open, error, type, print
local setlocale, insert, concat = os.setlocale, table.insert, table.concat
local done, current = {}, nil

if mode == "soft" then
	_U = true
else
	_port, _nomsg = true, true
end

os.setlocale = function(name, ...)
	if name ~= nil and name ~= "" and name ~= "C" and name ~= "POSIX" then
		return nil
	end
	return setlocale(name, ...)
end

-- The suite says which file comes next; the one before it has then ended well.
print = function(...)
	local line = (...)
	local name = type(line) == "string" and line:match("^\n%*%*%*%*%* FILE '(.-)'%*%*%*%*%*$")
	if name then
		_G.print = real_print -- the suite has kept this one; its files are to see the real one
		if current then
			insert(done, current .. " ok\n")
		end
		current = name
	end
	return real_print(...)
end

dofile("all.lua")
if current ~= "files.lua" then
	error("the suite did not come to its end")
end
local out = open(report, "w")
out:write(concat(done), format("%s ok\n%d files, final OK\n", current, #done + 1))
out:close()
