-- SPDX-License-Identifier: MIT
-- Pancake flips: over all permutations of 1..n, the most flips until 1 is on top, and an alternating sum of the flips.

-- Flips a copy of `p` until its first element is 1.
local function flips(p, n)
	local q, count = table.move(p, 1, n, 1, {}), 0
	while q[1] ~= 1 do
		local low, high = 1, q[1]
		while low < high do
			q[low], q[high] = q[high], q[low]
			low, high = low + 1, high - 1
		end
		count = count + 1
	end
	return count
end

-- The next permutation, by rotating growing prefixes; false after the last.
local function advance(p, turns, n)
	for r = 2, n do
		local first = p[1]
		table.move(p, 2, r, 1)
		p[r] = first
		turns[r] = turns[r] + 1
		if turns[r] < r then
			return true
		end
		turns[r] = 0
	end
	return false
end

return function(n)
	local p, turns, most, sum, sign = {}, {}, 0, 0, 1
	for i = 1, n do
		p[i], turns[i] = i, 0
	end
	repeat
		local count = flips(p, n)
		most = math.max(most, count)
		sum = sum + sign * count
		sign = -sign
	until not advance(p, turns, n)
	return string.format("most %d sum %d", most, sum)
end
