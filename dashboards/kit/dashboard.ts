/** What every dashboard has. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import { DashboardBuilder, DashboardCursorSync } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard'

export interface DashboardOptions {
  /** The name of its file, and its address in Grafana. */
  uid: string
  title: string
  description: string
  tag: 'business' | 'operations'
  /** From when on it shows at first, as Grafana writes it. */
  from: string
  refresh: string
  variables: readonly Builder<VariableModel>[]
  panels: readonly Builder<Panel>[]
}

/** A dashboard with a number of its own in every panel, so that links to a panel last. */
export function dashboardOf(options: DashboardOptions): Dashboard {
  const builder = new DashboardBuilder(options.title)
    .uid(options.uid)
    .description(options.description)
    .tags(['stakestream', options.tag])
    // Days and hours of the reports are those of UTC.
    .timezone('utc')
    .time({ from: options.from, to: 'now' })
    .refresh(options.refresh)
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
  for (const variable of options.variables) builder.withVariable(variable)
  for (const panel of options.panels) builder.withPanel(panel)
  const dashboard = builder.build()
  for (const [index, panel] of (dashboard.panels ?? []).entries()) panel.id = index + 1
  return dashboard
}

/** A dashboard as its file holds it. */
export const textOf = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`
