-- SPDX-License-Identifier: MIT
-- Text: n lines are made from a seeded generator, taken apart with patterns, counted, sorted and put together again.

local SYLLABLES = { "ka", "ro", "mi", "ten", "shu", "lor", "va", "del", "qui", "pso" }

-- A small linear generator, so that the text is the same everywhere.
local state = 12345
local function random(n)
	state = (state * 1103515245 + 12345) % 2147483648
	return state // 65536 % n + 1
end

local function word()
	local parts = {}
	for i = 1, random(3) do
		parts[i] = SYLLABLES[random(#SYLLABLES)]
	end
	return table.concat(parts)
end

local function text_make(lines)
	local text = {}
	for i = 1, lines do
		text[i] = string.format("%d: %s %s=%s; %s, %s.", i, word(), word(), random(1000), word(), word():upper())
	end
	return table.concat(text, "\n")
end

return function(n)
	local text, counts, names, total = text_make(n), {}, {}, 0
	for w in text:gmatch("%a+") do
		w = w:lower()
		if not counts[w] then
			names[#names + 1] = w
		end
		counts[w] = (counts[w] or 0) + 1
	end
	for _, value in text:gmatch("(%a+)=(%d+);") do
		total = total + tonumber(value)
	end
	table.sort(names, function(a, b)
		return counts[a] > counts[b] or (counts[a] == counts[b] and a < b)
	end)
	local swapped, pairs_found = text:gsub("(%a+), (%a+)%.", "%2 %1")
	local sum = 0
	for i = 1, #swapped, 7 do
		sum = (sum * 31 + swapped:byte(i)) % 4294967296
	end
	return string.format("%d bytes, %d words, first %s (%d), values %d, swapped %d, sum %d", #text, #names, names[1],
		counts[names[1]], total, pairs_found, sum)
end
