-- Which job of RQ's queues is next: fair between members, with state of its own beside the queues.
--
-- RQ's lists say which jobs wait; what is kept here follows them, so that whatever else changes a list (a retry,
-- a rescue, a cancel, rq's own commands) needs to know nothing of this file. Lists only grow at their ends, so
-- newcomers are found by looking at both ends up to the first job that is known.
--
-- Each queue counts the work that each member had from it: in megapixel-steps, divided by the member's weight.
-- The member with the least of it is next, and who comes back after a pause begins level with whoever was
-- served last (virtual token counters, Sheng et al., arXiv 2401.00588; the level is the virtual time of start-time
-- fair queueing, Goyal et al. 1996). Work counts in all queues that its worker could have served instead.
--
-- A worker serves what it has at hand, and leaves the rest for a while to workers that have it (delay scheduling,
-- Zaharia et al., EuroSys 2010): what others have at hand until its oldest job has waited as long as loading
-- takes, and what would displace a checkpoint that is in use until its oldest job is overdue. Then it comes first.
-- So checkpoints are seldom loaded, and each is loaded in the end, whoever asks for what. A moment without work is
-- no reason to displace what will be asked for again within the time that loading takes.
--
-- KEYS: for each queue RQ's list of those that wait, and the list of those on their way to a seat.
-- ARGV: what to do, the seconds after which a job becomes more urgent, and for `take` the megapixel-steps that
-- queues may be apart, the worker, the seconds that loading takes, those after which a job is overdue that would
-- displace something, or nothing if it may not, and how each queue stands: `at hand`, `free`, `displaces`, or
-- `idle` where it would displace what nobody uses now.
--
-- adopt: take note of newcomers. take: move the next job on its way to a seat; gives the number of its queue, from
-- 1, and its id, or nothing. take-express: the same for an express seat, which serves only members of whom nothing
-- runs, and only the most urgent jobs.

local MOST_URGENT, LEAST_URGENT = 0, 3
local TAKEN_SECONDS = 7200
local REMEMBERED, REMEMBERED_SECONDS = 96, 3600
local MOST_WORK = 1e9
local AT_ONCE = 100
local HOLDERS_SECONDS = 3600

local moment = redis.call('TIME')
local now = tonumber(moment[1]) + tonumber(moment[2]) / 1e6

local function name(queue, ...)
    return table.concat({'darkroom:fair', queue, ...}, ':')
end

local function read(said)
    if type(said) ~= 'string' then
        return {}
    end
    local readable, found = pcall(cjson.decode, said)
    return readable and type(found) == 'table' and found or {}
end

local function number(said, least, most, otherwise)
    local found = tonumber(said)
    if not found or found ~= found then
        return otherwise
    end
    return math.max(least, math.min(most, found))
end

-- What a job says of itself in RQ's hash, whoever wrote it.
local function described(id)
    local meta = read(redis.pcall('HGET', 'rq:job:' .. id, 'meta'))
    local work = number(meta.work, 0.001, MOST_WORK, number(meta.picture_steps, 1, MOST_WORK, 4) / 4)
    return {
        member = type(meta.member) == 'string' and meta.member or '',
        work = work,
        passes = number(meta.passes, 1, 1000, 20),
        charge = work / number(meta.weight, 0.01, 100, 1),
        urgency = math.floor(number(meta.urgency, MOST_URGENT, LEAST_URGENT, MOST_URGENT)),
    }
end

local function level(queue)
    return tonumber(redis.call('GET', name(queue, 'level')) or 0)
end

local function waits(queue, member)
    for urgency = MOST_URGENT, LEAST_URGENT do
        local had = redis.call('ZSCORE', name(queue, 'members', urgency), member)
        if had then
            return tonumber(had)
        end
    end
end

local function had(queue, member)
    return waits(queue, member) or tonumber(redis.call('ZSCORE', name(queue, 'had'), member) or level(queue))
end

local function set_had(queue, member, work)
    redis.call('ZADD', name(queue, 'had'), work, member)
    for urgency = MOST_URGENT, LEAST_URGENT do
        redis.call('ZADD', name(queue, 'members', urgency), 'XX', work, member)
    end
end

local function line_up(queue, id, job, in_front)
    redis.call(in_front and 'LPUSH' or 'RPUSH', name(queue, 'line', job.urgency, job.member), id)
    redis.call('ZADD', name(queue, 'members', job.urgency), had(queue, job.member), job.member)
    redis.call('ZADD', name(queue, 'came', job.urgency), job.came, id)
    redis.call('HSET', name(queue, 'jobs'), id, cjson.encode(job))
    if job.urgency > MOST_URGENT then
        redis.call('ZADD', name(queue, 'since'), now, id)
    end
end

local function leave_line(queue, id)
    local job = read(redis.call('HGET', name(queue, 'jobs'), id))
    if not job.member or not job.urgency or not job.charge then
        job = described(id)
    end
    redis.call('HDEL', name(queue, 'jobs'), id)
    redis.call('ZREM', name(queue, 'since'), id)
    redis.call('ZREM', name(queue, 'came', job.urgency), id)
    local line = name(queue, 'line', job.urgency, job.member)
    redis.call('LREM', line, 1, id)
    if redis.call('EXISTS', line) == 0 then
        redis.call('ZREM', name(queue, 'members', job.urgency), job.member)
    end
    return job
end

-- A job that was taken and comes back was not done: it costs nothing until it is taken again. Gives what was known.
local function give_back(id)
    local taken = read(redis.call('GET', name('taken', id)))
    if not taken.queues then
        return false
    end
    redis.call('DEL', name('taken', id))
    for _, queue in ipairs(taken.queues) do
        set_had(queue, taken.member, had(queue, taken.member) - taken.charge)
    end
    return taken
end

-- By what came lately it is foreseen what will come.
local function remember(queue, job)
    local arrived = name(queue, 'arrived')
    job.at = now
    redis.call('LPUSH', arrived, cjson.encode(job))
    redis.call('LTRIM', arrived, 0, REMEMBERED - 1)
    redis.call('EXPIRE', arrived, REMEMBERED_SECONDS)
    job.at = nil
end

local function arrive(queue, id, in_front)
    local job = described(id)
    local taken = give_back(id)
    if not taken then
        if not waits(queue, job.member) then
            set_had(queue, job.member, math.max(had(queue, job.member), level(queue)))
        end
        remember(queue, job)
    end
    job.came = number(taken and taken.came, 0, now, now)
    line_up(queue, id, job, in_front)
end

local function is_known(queue, id)
    return redis.call('HEXISTS', name(queue, 'jobs'), id) == 1
end

local function newcomers(queue, from_the_end)
    local found, first = {}, 0
    while true do
        local ids
        if from_the_end then
            ids = redis.call('LRANGE', queue, -first - AT_ONCE, -first - 1)
        else
            ids = redis.call('LRANGE', queue, first, first + AT_ONCE - 1)
        end
        for place = 1, #ids do
            local id = ids[from_the_end and #ids + 1 - place or place]
            if is_known(queue, id) then
                return found
            end
            table.insert(found, id)
        end
        if #ids < AT_ONCE then
            return found
        end
        first = first + AT_ONCE
    end
end

local function forget_the_gone(queue)
    local there = {}
    for _, id in ipairs(redis.call('LRANGE', queue, 0, -1)) do
        there[id] = true
    end
    for _, id in ipairs(redis.call('HKEYS', name(queue, 'jobs'))) do
        if not there[id] then
            leave_line(queue, id)
        end
    end
end

local function adopt(queue)
    local in_front = newcomers(queue, false)
    for place = #in_front, 1, -1 do
        if not is_known(queue, in_front[place]) then
            arrive(queue, in_front[place], true)
        end
    end
    local behind = newcomers(queue, true)
    for place = #behind, 1, -1 do
        if not is_known(queue, behind[place]) then
            arrive(queue, behind[place], false)
        end
    end
    if redis.call('HLEN', name(queue, 'jobs')) > redis.call('LLEN', queue) then
        forget_the_gone(queue)
    end
end

local function let_age(queue, seconds)
    local old = redis.call('ZRANGEBYSCORE', name(queue, 'since'), '-inf', now - seconds, 'LIMIT', 0, AT_ONCE)
    for _, id in ipairs(old) do
        local job = leave_line(queue, id)
        job.urgency = job.urgency - 1
        line_up(queue, id, job, false)
    end
end

-- Queues that had no worker in common may be far apart when one comes that serves both.
local function draw_together(queues, apart)
    local top = 0
    for _, queue in ipairs(queues) do
        top = math.max(top, level(queue))
    end
    for _, queue in ipairs(queues) do
        local lift = top - apart - level(queue)
        if lift > 0 then
            redis.call('SET', name(queue, 'level'), level(queue) + lift)
            local counted = redis.call('ZRANGE', name(queue, 'had'), 0, -1, 'WITHSCORES')
            for place = 1, #counted, 2 do
                set_had(queue, counted[place], tonumber(counted[place + 1]) + lift)
            end
        end
    end
end

local function runs(id)
    if redis.call('EXISTS', name('taken', id)) == 0 then
        return false
    end
    local status = redis.call('HGET', 'rq:job:' .. id, 'status')
    return status == 'started' or status == 'queued'
end

local function is_served(member)
    local ids = name('running', member)
    for _, id in ipairs(redis.call('SMEMBERS', ids)) do
        if runs(id) then
            return true
        end
        redis.call('SREM', ids, id)
    end
    return false
end

local function anybody() return true end

local function least(queues, urgency, whom, counts)
    local found
    for number_of, queue in ipairs(queues) do
        local last = whom == anybody and 0 or AT_ONCE - 1
        local line = name(queue, 'members', urgency)
        local members = counts(number_of) and redis.call('ZRANGE', line, 0, last, 'WITHSCORES') or {}
        for place = 1, #members, 2 do
            local member, work = members[place], tonumber(members[place + 1])
            if found and work >= found.had then
                break
            elseif whom(member) then
                found = {number = number_of, queue = queue, member = member, had = work}
                break
            end
        end
    end
    return found
end

-- Seconds that the oldest job has waited. Of jobs that an earlier version lined up it is not known: for ever.
local function waited(queue, urgency)
    local came = name(queue, 'came', urgency)
    while true do
        local first = redis.call('ZRANGE', came, 0, 0, 'WITHSCORES')
        if not first[1] then
            return math.huge
        elseif is_known(queue, first[1]) then
            return now - tonumber(first[2])
        end
        redis.call('ZREM', came, first[1])
    end
end

-- Workers that have a queue's checkpoint at hand say so whenever they ask for a job.
local function note_holder(queue, worker, holds)
    local holders = name(queue, 'holders')
    if holds then
        redis.call('ZADD', holders, now, worker)
        redis.call('ZREMRANGEBYSCORE', holders, '-inf', now - HOLDERS_SECONDS)
        redis.call('EXPIRE', holders, HOLDERS_SECONDS)
    else
        redis.call('ZREM', holders, worker)
    end
end

local function is_held(queue, seconds)
    return #redis.call('ZRANGEBYSCORE', name(queue, 'holders'), now - seconds, '+inf', 'LIMIT', 0, 1) > 0
end

-- Jobs a second that came for a queue lately, after a first one.
local function demand(queue)
    local arrived = name(queue, 'arrived')
    local first = number(read(redis.call('LINDEX', arrived, -1)).at, 0, now, now)
    return math.max(0, redis.call('LLEN', arrived) - 1) / math.max(1, now - first)
end

-- Of several workers the one whose checkpoint is asked for least should give it up, and the others wait for that.
local function others_first(queues, stands, loading)
    local mine, theirs = math.huge, math.huge
    for number_of, queue in ipairs(queues) do
        if stands[number_of] == 'at hand' then
            mine = math.min(mine, demand(queue))
        elseif is_held(queue, loading) then
            theirs = math.min(theirs, demand(queue))
        end
    end
    return mine < math.huge and theirs < mine
end

-- Whether what is at hand is asked for so often that it would have to be loaded again right away.
local function is_busy(queues, stands, loading)
    for number_of, queue in ipairs(queues) do
        if stands[number_of] == 'at hand' and demand(queue) * loading >= 1 then
            return true
        end
    end
    return false
end

local function choose(queues, stands, loading, overdue, least_urgent, whom)
    local patient = others_first(queues, stands, loading)
    if overdue and patient then
        overdue = 1.5 * overdue
    end
    for urgency = MOST_URGENT, least_urgent do
        local chosen = overdue and least(queues, urgency, whom, function(number_of)
            return stands[number_of] == 'displaces' and waited(queues[number_of], urgency) >= overdue
        end) or least(queues, urgency, whom, function(number_of)
            local queue, stand = queues[number_of], stands[number_of]
            if stand == 'at hand' or stand == 'displaces' then
                return stand == 'at hand'
            end
            local seconds = is_held(queue, loading) and loading or 0
            if stand == 'idle' then
                -- What is displaced has to be loaded again.
                seconds = patient and 8 * loading or is_busy(queues, stands, loading) and 4 * loading or 2 * seconds
            end
            return seconds == 0 or waited(queue, urgency) >= seconds
        end)
        if chosen then
            chosen.urgency = urgency
            return chosen
        end
    end
end

local function charge(queues, id, job, served)
    for _, queue in ipairs(queues) do
        set_had(queue, job.member, had(queue, job.member) + job.charge)
        redis.call('SET', name(queue, 'level'), math.max(level(queue), served))
        -- Who had less and does not wait would begin level with the others anyway.
        redis.call('ZREMRANGEBYSCORE', name(queue, 'had'), '-inf', '(' .. level(queue))
    end
    job.queues, job.at = queues, now
    redis.call('SET', name('taken', id), cjson.encode(job), 'EX', TAKEN_SECONDS)
    redis.call('SADD', name('running', job.member), id)
    redis.call('EXPIRE', name('running', job.member), TAKEN_SECONDS)
end

local queues, on_their_way = {}, {}
for place = 1, #KEYS, 2 do
    table.insert(queues, KEYS[place])
    table.insert(on_their_way, KEYS[place + 1])
end
for _, queue in ipairs(queues) do
    adopt(queue)
    let_age(queue, tonumber(ARGV[2]))
end
if ARGV[1] == 'adopt' then
    return
end

local apart, worker, loading, overdue = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local stands = {unpack(ARGV, 7)}
for place, queue in ipairs(queues) do
    note_holder(queue, worker, stands[place] == 'at hand')
end
local least_urgent, whom = LEAST_URGENT, anybody
if ARGV[1] == 'take-express' then
    least_urgent, whom = MOST_URGENT, function(member) return not is_served(member) end
end
draw_together(queues, apart)
while true do
    local chosen = choose(queues, stands, loading, overdue, least_urgent, whom)
    if not chosen then
        return
    end
    local id = redis.call('LPOP', name(chosen.queue, 'line', chosen.urgency, chosen.member))
    if not id then
        redis.call('ZREM', name(chosen.queue, 'members', chosen.urgency), chosen.member)
    else
        local job = leave_line(chosen.queue, id)
        -- One that somebody else took off the queue is passed over.
        if redis.call('LREM', chosen.queue, 1, id) > 0 then
            charge(queues, id, job, chosen.had)
            note_holder(chosen.queue, worker, true)
            redis.call('RPUSH', on_their_way[chosen.number], id)
            return {chosen.number, id}
        end
    end
end
