-- SPDX-License-Identifier: MIT
-- All ways to place n queens, by backtracking; their number and a rolling sum of the placements in the order found.

return function(n)
	local column, rising, falling, at = {}, {}, {}, {}
	local found, sum = 0, 0
	local function place(row)
		if row > n then
			found = found + 1
			for i = 1, n do
				sum = (sum * 33 + at[i]) % 4294967296
			end
			return
		end
		for c = 1, n do
			if not (column[c] or rising[row + c] or falling[row - c]) then
				column[c], rising[row + c], falling[row - c], at[row] = true, true, true, c
				place(row + 1)
				column[c], rising[row + c], falling[row - c] = nil, nil, nil
			end
		end
	end
	place(1)
	return string.format("ways %d sum %d", found, sum)
end
