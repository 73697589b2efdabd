/** `npm run generate:dashboards` */
import { writeDashboardFiles } from './all.ts'

writeDashboardFiles()
