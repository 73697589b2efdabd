/**
 * Reads through a cache: what Redis holds, or else what the source says, which is then kept. While Redis is away the source
 * answers, after a wait of 100 ms at the most.
 */
import type { z } from 'zod'
import type { Logger } from '../../service/logger.ts'
import type { CacheEntry, VersionCache } from '../../service/version-cache.ts'

/** hit: answered from the cache; miss: from the source; error: from the source, since the cache could not be asked. */
export type CacheResult = 'hit' | 'miss' | 'error'

/** Something that has a version. */
interface Versioned {
  version: number
}

export interface CachedRead<S extends z.ZodType<Versioned>> extends CacheEntry {
  /** A codec: decodes what is kept as JSON, and encodes it. */
  schema: S
  /** What is kept counts from this version on. */
  minVersion: number
  /** Undefined where the source has nothing, or not enough; that is not kept. */
  source: () => Promise<z.output<S> | undefined>
}

export interface Caches {
  read<S extends z.ZodType<Versioned>>(read: CachedRead<S>): Promise<z.output<S> | undefined>
}

export interface CachesOptions {
  cache: Pick<VersionCache, 'get' | 'put'>
  /** Told how each read went. */
  counted: (cache: string, result: CacheResult) => void
  logger: Logger
}

export function createCaches({ cache, counted, logger }: CachesOptions): Caches {
  /** What is kept, if it is new enough and of a form that this version knows. Rejects where Redis does not answer. */
  const held = async <S extends z.ZodType<Versioned>>(
    read: CachedRead<S>,
  ): Promise<z.output<S> | undefined> => {
    const json = await cache.get(read)
    if (json === undefined) return undefined
    const value = read.schema.parse(JSON.parse(json))
    return value.version >= read.minVersion ? value : undefined
  }

  /** Best effort: what is not kept is read again. */
  const keep = async <S extends z.ZodType<Versioned>>(
    read: CachedRead<S>,
    value: z.output<S>,
  ): Promise<void> => {
    try {
      await cache.put(read, value.version, JSON.stringify(read.schema.encode(value)))
    } catch (error) {
      logger.debug({ err: error }, 'a value could not be kept')
    }
  }

  return {
    read: async (read) => {
      const { name } = read.cache
      let result: CacheResult = 'miss'
      try {
        const value = await held(read)
        if (value !== undefined) {
          counted(name, 'hit')
          return value
        }
      } catch (error) {
        result = 'error'
        logger.debug({ err: error }, 'a cache could not be asked')
      }
      counted(name, result)
      const value = await read.source()
      // Redis that has just not answered is not waited for once more.
      if (value !== undefined && result === 'miss') await keep(read, value)
      return value
    },
  }
}
