/** Whether a schema may follow the registered ones of its subject, and why not. */
import { avroTypeOf } from './avro.ts'
import type { RegistryApi } from './registry-api.ts'

/** The reasons why the schema may not follow the subject's versions; none where it may. */
export async function compatibilityFaults(
  api: RegistryApi,
  subject: string,
  schemaText: string,
): Promise<string[]> {
  const { compatible, faults } = await api.checkCompatibility(subject, schemaText)
  if (compatible) return []
  // Apicurio says no without a reason, so ours is sought by reading the newest version as the new one would.
  return faults.length > 0 ? faults : [await ownReason(api, subject, schemaText)]
}

async function ownReason(api: RegistryApi, subject: string, schemaText: string): Promise<string> {
  const latest = await api.latestText(subject)
  try {
    if (latest !== undefined) avroTypeOf(schemaText).createResolver(avroTypeOf(latest))
    return 'the registry gives no reason'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
