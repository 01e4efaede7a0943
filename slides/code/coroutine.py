# A coroutine runs only when somebody waits for it.
import asyncio


# slide: unawaited
async def send(text):          # a coroutine *function*
    print("sent:", text)

async def main():
    send("never")              # a coroutine *object*: nothing happens
    await send("now")          # runs

asyncio.run(main())
# slide: end
