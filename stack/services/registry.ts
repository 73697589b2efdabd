/**
 * Apicurio Registry through its Confluent-compatible API, with a file database that survives restarts.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { requireJava } from '../checks.ts'
import { ensureArtifact, mavenCopy, runProgram, type Artifact } from '../download.ts'
import { StackError } from '../errors.ts'
import { dataDirOf, type Stack } from '../stack.ts'
import { answersOk, type Service } from './service.ts'

// 3.3 needs Java 25.
export const REGISTRY_VERSION = '3.0.9'

const REGISTRY: Artifact = {
  folder: `apicurio-registry-${REGISTRY_VERSION}`,
  title: `Apicurio Registry ${REGISTRY_VERSION} (109 MB)`,
  fetch: async (target, progress) => {
    await mavenCopy(`io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`, target, progress)
    const archives = readdirSync(target).filter((name) => name.endsWith('.tar.gz'))
    for (const archive of archives) {
      await runProgram('tar', ['-xzf', archive], target, 'There is no tar on the PATH: install it.')
      rmSync(join(target, archive))
    }
  },
}

/** A registry without a default of its own accepts every change; ours keeps readers working. Throws `StackError`. */
export async function setCompatibility(registryUrl: string): Promise<void> {
  const response = await fetch(`${registryUrl}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
  })
  if (!response.ok) {
    throw new StackError(
      `The registry refused its compatibility level (${response.status}): ${await response.text()}`,
    )
  }
  await response.arrayBuffer()
}

export function registryService(stack: Stack): Service {
  const port = stack.ports.registry
  const dataDir = dataDirOf(stack, 'registry')
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  return {
    name: 'registry',
    kind: 'infra',
    needsJava: true,
    ports: [port],
    command: async () => {
      const java = await requireJava()
      const folder = await ensureArtifact(stack.cacheDir, REGISTRY)
      mkdirSync(dataDir, { recursive: true })
      const runner = `apicurio-registry-app-${REGISTRY_VERSION}-runner.jar`
      const flags = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError']
      return {
        file: java,
        args: [...flags, '-jar', join(folder, runner)],
        cwd: dataDir,
        env: {
          QUARKUS_HTTP_HOST: '127.0.0.1',
          QUARKUS_HTTP_PORT: String(port),
          APICURIO_STORAGE_KIND: 'sql',
          APICURIO_STORAGE_SQL_KIND: 'h2',
          APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(dataDir, 'registry')}`,
          APICURIO_DATASOURCE_USERNAME: 'sa',
          APICURIO_DATASOURCE_PASSWORD: 'sa',
        },
      }
    },
    isReady: () => answersOk(`${url}/subjects`),
    afterReady: () => setCompatibility(url),
    readyLimitMs: 300_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 15_000,
  }
}
