// ECharts' one-file build: the modules of its package would take ten times as long to load.
declare module 'echarts/dist/echarts.esm.min' {
  export { init } from 'echarts';
}
