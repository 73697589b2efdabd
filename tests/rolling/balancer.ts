/** What a load balancer does: it asks every instance whether it is ready, and sends each request to one that last said so. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Pause between two looks at an instance, and how long one may take, in milliseconds. */
const PROBE_EVERY_MS = 100
const PROBE_LIMIT_MS = 1_500

async function saysReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

export class Balancer {
  /** By address, whether it said that it is ready. */
  readonly #instances = new Map<string, boolean>()
  readonly #probing = new Set<Promise<void>>()
  #turn = 0

  /** From its first yes on, the instance gets requests. */
  add(url: string): void {
    this.#instances.set(url, false)
    const probing = this.#probe(url).finally(() => this.#probing.delete(probing))
    this.#probing.add(probing)
  }

  remove(url: string): void {
    this.#instances.delete(url)
  }

  /** Where the next request goes. Throws where no instance is ready. */
  next(): string {
    const ready = [...this.#instances].flatMap(([url, isReady]) => (isReady ? [url] : []))
    const url = ready[this.#turn++ % ready.length]
    if (url === undefined) throw new Error('no instance is ready')
    return url
  }

  isReady(url: string): boolean {
    return this.#instances.get(url) === true
  }

  async stop(): Promise<void> {
    this.#instances.clear()
    await Promise.all(this.#probing)
  }

  async #probe(url: string): Promise<void> {
    while (this.#instances.has(url)) {
      const isReady = await saysReady(url)
      if (this.#instances.has(url)) this.#instances.set(url, isReady)
      await sleep(PROBE_EVERY_MS)
    }
  }
}
