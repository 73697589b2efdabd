/** The few kinds of panels that the dashboards consist of, with the looks that they share. */
import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart'
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard'
import type { Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'

/** The grid is 24 wide. */
export const FULL_WIDTH = 24
const STAT_HEIGHT = 4
const GRAPH_HEIGHT = 8

export interface PanelOptions {
  title: string
  /** What it says, for who hovers over the title. */
  description: string
  datasource: DataSourceRef
  queries: readonly Builder<Dataquery>[]
  /** Of the grid's 24. Default: half. */
  width?: number
  height?: number
  /** Grafana's name of the unit of all numbers in it. */
  unit?: string
  decimals?: number
}

export interface ColumnOptions {
  /** Units of single columns, where they differ from the panel's. */
  units?: Readonly<Record<string, string>>
}

interface Common {
  title(title: string): unknown
  description(description: string): unknown
  datasource(datasource: DataSourceRef): unknown
  withTarget(target: Builder<Dataquery>): unknown
  span(width: number): unknown
  height(height: number): unknown
  unit(unit: string): unknown
  decimals(decimals: number): unknown
}

/** What every panel has, whatever its kind. */
function lay<T extends Common>(panel: T, options: PanelOptions, height: number): T {
  panel.title(options.title)
  panel.description(options.description)
  panel.datasource(options.datasource)
  panel.span(options.width ?? FULL_WIDTH / 2)
  panel.height(options.height ?? height)
  if (options.unit !== undefined) panel.unit(options.unit)
  if (options.decimals !== undefined) panel.decimals(options.decimals)
  for (const query of options.queries) panel.withTarget(query)
  return panel
}

function withUnits<T extends Stat | Table>(panel: T, units: Readonly<Record<string, string>> = {}): T {
  for (const [column, unit] of Object.entries(units))
    panel.overrideByName(column, [{ id: 'unit', value: unit }])
  return panel
}

/** Numbers, one for each column of the answer. The steps colour them, from the lowest value on; the first counts from minus infinity. */
export function stat(
  options: PanelOptions & ColumnOptions & { steps?: readonly Threshold[] },
): Builder<Panel> {
  const panel = withUnits(lay(new Stat(), { width: FULL_WIDTH, ...options }, STAT_HEIGHT), options.units)
  const steps = options.steps ?? [{ value: null, color: 'text' }]
  return panel
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]))
}

export interface SeriesOptions extends PanelOptions {
  /** `bars` where a moment without a row means none, not "as before". Default: lines. */
  drawn?: 'lines' | 'bars'
  stacked?: boolean
  /** The name of a series, where it is not that of its column. */
  seriesName?: string
}

/** A graph over time. */
export function series(options: SeriesOptions): Builder<Panel> {
  const bars = options.drawn === 'bars'
  const panel = lay(new TimeSeries(), options, GRAPH_HEIGHT)
  if (options.seriesName !== undefined) panel.displayName(options.seriesName)
  if (options.stacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
  return panel
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(bars ? 70 : 10)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
}

/** Bars side by side, one for each row; the first column names them. */
export const bars = (options: PanelOptions): Builder<Panel> =>
  lay(new BarChart(), options, GRAPH_HEIGHT).orientation(VizOrientation.Horizontal)

/** Rows as they come. */
export const table = (options: PanelOptions & ColumnOptions): Builder<Panel> =>
  withUnits(lay(new Table(), options, GRAPH_HEIGHT), options.units).filterable(true)
