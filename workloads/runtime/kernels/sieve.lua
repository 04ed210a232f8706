-- SPDX-License-Identifier: MIT
-- Primes below n by the sieve of Eratosthenes: how many, the last one, and their sum.

return function(n)
	local crossed, count, last, sum = {}, 0, 0, 0
	for i = 2, n - 1 do
		crossed[i] = false
	end
	for i = 2, n - 1 do
		if not crossed[i] then
			count, last, sum = count + 1, i, sum + i
			for k = i * i, n - 1, i do
				crossed[k] = true
			end
		end
	end
	return string.format("primes %d last %d sum %d", count, last, sum)
end
