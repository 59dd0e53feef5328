-- SPDX-License-Identifier: LGPL-2.1-or-later
-- See libuv.test.ts: lua-luv waits for what descriptor 3 has to read.
local uv = require 'luv'

local function say(text)
  print(text)
  io.stdout:flush()
end

local is_asked = false
local poll = uv.new_poll(3)
poll:start('r', function(failed)
  if failed then say(failed) end
  if is_asked then say('seen') os.exit(0) end
end)

local stdin = uv.new_pipe(false)
stdin:open(0)
stdin:read_start(function() is_asked = true end)
say('waits')
uv.run()
