-- SPDX-License-Identifier: MIT
-- Allocation: many short-lived complete binary trees beside one that lives on; their nodes are counted.

local function grow(depth)
	if depth == 0 then
		return {}
	end
	return { grow(depth - 1), grow(depth - 1) }
end

local function count(tree)
	return tree[1] and 1 + count(tree[1]) + count(tree[2]) or 1
end

return function(n)
	local lasting, lines = grow(n), {}
	for depth = 4, n, 2 do
		local rounds, nodes = 1 << (n - depth + 2), 0
		for _ = 1, rounds do
			nodes = nodes + count(grow(depth))
		end
		lines[#lines + 1] = string.format("%d trees of depth %d: %d nodes", rounds, depth, nodes)
	end
	lines[#lines + 1] = string.format("the lasting one: %d nodes", count(lasting))
	return table.concat(lines, "\n")
end
