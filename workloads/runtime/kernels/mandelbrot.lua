-- SPDX-License-Identifier: MIT
-- The Mandelbrot set on an n by n grid: the points that stay, and a rolling sum of every point's number of steps.

local LIMIT = 50

local function steps(cr, ci)
	local zr, zi = 0.0, 0.0
	for k = 1, LIMIT do
		zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
		if zr * zr + zi * zi > 4.0 then
			return k
		end
	end
	return LIMIT
end

return function(n)
	local inside, sum = 0, 0
	for y = 0, n - 1 do
		for x = 0, n - 1 do
			local k = steps(2.0 * x / n - 1.5, 2.0 * y / n - 1.0)
			inside = inside + (k == LIMIT and 1 or 0)
			sum = (sum * 31 + k) % 4294967296
		end
	end
	return string.format("inside %d sum %d", inside, sum)
end
