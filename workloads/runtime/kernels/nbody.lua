-- SPDX-License-Identifier: MIT
-- Gravity among five bodies, integrated by small steps; energy before and after. The bodies start on circles at rational
-- points: only sums, products, quotients and square roots, which IEEE rounds in one way.

local function system()
	local bodies, r = {}, 1.0
	for i = 1, 5 do
		local t = 0.75 * i - 2.0
		local cosine, sine = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
		r = r * 1.5
		bodies[i] = {
			x = r * cosine, y = r * sine, z = 0.05 * i,
			vx = -sine / math.sqrt(r), vy = cosine / math.sqrt(r), vz = 0.001 * i,
			mass = i == 1 and 1.0 or 0.0005 * i,
		}
	end
	return bodies
end

local function energy(bodies)
	local e = 0
	for i, a in ipairs(bodies) do
		e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
		for j = i + 1, #bodies do
			local b = bodies[j]
			local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
			e = e - a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
		end
	end
	return e
end

local function step(bodies, dt)
	local n = #bodies
	for i = 1, n do
		local a = bodies[i]
		for j = i + 1, n do
			local b = bodies[j]
			local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
			local d2 = dx * dx + dy * dy + dz * dz
			local pull = dt / (d2 * math.sqrt(d2))
			local to_a, to_b = b.mass * pull, a.mass * pull
			a.vx, a.vy, a.vz = a.vx - dx * to_a, a.vy - dy * to_a, a.vz - dz * to_a
			b.vx, b.vy, b.vz = b.vx + dx * to_b, b.vy + dy * to_b, b.vz + dz * to_b
		end
	end
	for i = 1, n do
		local a = bodies[i]
		a.x, a.y, a.z = a.x + dt * a.vx, a.y + dt * a.vy, a.z + dt * a.vz
	end
end

return function(n)
	local bodies = system()
	local before = energy(bodies)
	for _ = 1, n do
		step(bodies, 0.001)
	end
	return string.format("before %.9f after %.9f", before, energy(bodies))
end
