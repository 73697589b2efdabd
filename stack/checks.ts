/**
 * What must hold before a service is started, each fault one line that says what to do.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { codeOf, StackError } from './errors.ts'
import { waitUntil } from './wait.ts'

const run = promisify(execFile)

export const JAVA_MAJOR_MIN = 17
export const FREE_DISK_BYTES_MIN = 1_000_000_000

/** The major version in the output of `java -version`, or undefined. */
export function javaMajorOf(versionText: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(versionText)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

/** The Java to run, from `JAVA_HOME` or the PATH. Throws `StackError` when it is missing or too old. */
export async function requireJava(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = environment['JAVA_HOME']
  const java = home ? `${home}/bin/java` : 'java'
  const place = home ? `in JAVA_HOME (${home})` : 'on the PATH'
  let versionText: string
  try {
    const { stdout, stderr } = await run(java, ['-version'], { env: environment })
    versionText = `${stderr}${stdout}`
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw new StackError(
        `There is no Java ${place}: install a JDK ≥ ${JAVA_MAJOR_MIN} (Debian: openjdk-17-jdk-headless).`,
      )
    }
    throw error
  }
  const major = javaMajorOf(versionText)
  if (major === undefined || major < JAVA_MAJOR_MIN) {
    throw new StackError(
      `Java ${major ?? '(unknown version)'} ${place} is too old: install a JDK ≥ ${JAVA_MAJOR_MIN} or set JAVA_HOME.`,
    )
  }
  return java
}

/** Throws `StackError` when the disk that holds `folder` has less than `FREE_DISK_BYTES_MIN` left. */
export function requireDisk(folder: string, freeBytesMin = FREE_DISK_BYTES_MIN): void {
  const { bavail, bsize } = statfsSync(folder)
  const freeBytes = bavail * bsize
  if (freeBytes >= freeBytesMin) return
  const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_000_000)} MB`
  throw new StackError(
    `The disk of ${folder} has ${megabytes(freeBytes)} left and the stack needs ${megabytes(freeBytesMin)}: make room, or set LOCAL_DIR to a folder on another disk.`,
  )
}

/** Whether this machine's 127.0.0.1:port can be listened on. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  return await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}

/** The inodes of the sockets that listen on `port`, from /proc/net/tcp and tcp6. */
function listeningInodes(port: number): Set<string> {
  const LISTEN = '0A'
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string
    try {
      text = readFileSync(table, 'utf8')
    } catch {
      continue
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      const [, local, , state] = fields
      const inode = fields[9]
      if (state === LISTEN && inode !== undefined && local?.endsWith(`:${wanted}`)) inodes.add(inode)
    }
  }
  return inodes
}

/** "process 123 (postgres)" for the holder of a port, as far as this user may see. */
export function holderOfPort(port: number): string {
  const inodes = listeningInodes(port)
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
        const socket = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))
        if (socket?.[1] === undefined || !inodes.has(socket[1])) continue
        return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`
      }
    } catch {
      // Another user's process, or one that ended meanwhile.
    }
  }
  return 'another process'
}

/** Throws `StackError` naming the holder when one of the ports is taken, and still is after `graceMs`. */
export async function requirePorts(
  serviceName: string,
  ports: readonly number[],
  graceMs = 0,
): Promise<void> {
  for (const port of ports) {
    if (await waitUntil(() => isPortFree(port), graceMs)) continue
    throw new StackError(
      `Port ${port} (${serviceName}) is held by ${holderOfPort(port)}: stop it, or move the stack with PORT_BASE=20000.`,
    )
  }
}
