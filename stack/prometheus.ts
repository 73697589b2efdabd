/** Prometheus, Alertmanager and their tools, for tests and for whoever wants them. */
import { debianPrograms } from './debian-programs.ts'

export interface PrometheusPrograms {
  readonly prometheus: string
  readonly promtool: string
}

/** Throws `StackError` where there are none and none can be fetched. */
export async function prometheusPrograms(cacheDir: string): Promise<PrometheusPrograms> {
  const program = await debianPrograms(cacheDir, {
    package: 'prometheus',
    title: 'Prometheus (20 MB)',
    programs: ['prometheus', 'promtool'],
  })
  return { prometheus: program('prometheus'), promtool: program('promtool') }
}

export interface AlertmanagerPrograms {
  /** To be started in its own folder. */
  readonly alertmanager: string
  readonly amtool: string
}

/** Throws `StackError` where there are none and none can be fetched. */
export async function alertmanagerPrograms(cacheDir: string): Promise<AlertmanagerPrograms> {
  const program = await debianPrograms(cacheDir, {
    package: 'prometheus-alertmanager',
    title: 'Alertmanager (10 MB)',
    programs: ['prometheus-alertmanager', 'amtool'],
    // The templates of messages; Alertmanager does not start without them.
    reads: '/usr/share/prometheus/alertmanager',
  })
  return { alertmanager: program('prometheus-alertmanager'), amtool: program('amtool') }
}
