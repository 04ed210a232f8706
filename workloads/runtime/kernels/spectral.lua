-- SPDX-License-Identifier: MIT
-- The largest singular value of the infinite matrix 1/((i+j)(i+j+1)/2+i+1), cut to n by n, by the power method.

local function cell(i, j)
	return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1)
end

-- out = A v, or A transposed v.
local function multiply(n, v, out, transposed)
	for i = 0, n - 1 do
		local sum = 0
		for j = 0, n - 1 do
			sum = sum + (transposed and cell(j, i) or cell(i, j)) * v[j]
		end
		out[i] = sum
	end
end

return function(n)
	local u, v, t = {}, {}, {}
	for i = 0, n - 1 do
		u[i] = 1
	end
	for _ = 1, 10 do
		multiply(n, u, t, false)
		multiply(n, t, v, true)
		multiply(n, v, t, false)
		multiply(n, t, u, true)
	end
	local uv, vv = 0, 0
	for i = 0, n - 1 do
		uv, vv = uv + u[i] * v[i], vv + v[i] * v[i]
	end
	return string.format("norm %.9f", math.sqrt(uv / vv))
end
