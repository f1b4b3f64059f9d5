/**
 * The map itself, drawn by WebGL: colours, what is chosen, and moving about. Loaded when a map is first looked at. A map with more edges than can be told
 * apart shows those of the items in sight, once few enough are, and those of the chosen item.
 */
import { UndirectedGraph } from "graphology";
import Sigma from "sigma";
import { EdgeLineProgram, NodePointProgram } from "sigma/rendering";
import type { ItemMap } from "../api.ts";
import { faint, type Groups } from "./map-groups.ts";

export interface Look {
  readonly groups: Groups;
  /** A group that stands out; -1 for none. */
  readonly only: number;
  /** Edges in the colours of their modalities. */
  readonly edgesByModality: boolean;
  readonly isDark: boolean;
  readonly modalityColours: readonly string[];
}

export interface DrawnMap {
  colour(look: Look): void;
  /** Goes to an item and lights it up with its neighbours; undefined lets go. */
  choose(id: string | undefined): void;
  zoom(direction: "in" | "out" | "whole"): void;
  /** Parts of the window's width and height. */
  move(x: number, y: number): void;
  close(): void;
}

const mostEdges = 8000;
/** Items in sight at most for a crowded map to show their edges. */
const mostInSight = 700;
const restMilliseconds = 160;
const moveMilliseconds = 220;
const closeRatio = 0.22;

interface HoveredNode {
  readonly label: string | null;
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

function graphOf(map: ItemMap): UndirectedGraph {
  const graph = new UndirectedGraph();
  const most = Math.max(1, ...map.popularity);
  const base = map.ids.length > 5000 ? 1.6 : 4;
  map.ids.forEach((id, item) => {
    graph.addNode(id, {
      x: map.x[item],
      y: map.y[item],
      label: map.titles?.[item] ?? id,
      size: base * (1 + Math.sqrt((map.popularity[item] ?? 0) / most)),
    });
  });
  return graph;
}

/** By item: the places of its edges. */
function edgesByItem({ ids, edges }: ItemMap): readonly (readonly number[])[] {
  const lists = ids.map((): number[] => []);
  edges.from.forEach((from, e) => {
    lists[from]?.push(e);
    lists[edges.to[e] ?? -1]?.push(e);
  });
  return lists;
}

/** An item that is pointed at or chosen: its name on a plate in the page's own colours, which follow light and dark. */
function drawHover(
  context: CanvasRenderingContext2D,
  data: HoveredNode,
  settings: { readonly labelSize: number },
): void {
  const { canvas } = context;
  const { color, backgroundColor } = getComputedStyle(canvas.parentElement ?? canvas);
  const label = data.label ?? "";
  context.font = `600 ${settings.labelSize}px system-ui, sans-serif`;
  const [x, y] = [data.x + data.size + 5, data.y];
  context.fillStyle = backgroundColor;
  context.globalAlpha = 0.88;
  context.beginPath();
  context.roundRect(x - 4, y - 11, context.measureText(label).width + 8, 22, 5);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.textBaseline = "middle";
  context.fillText(label, x, y);
  context.beginPath();
  context.arc(data.x, data.y, data.size + 2.5, 0, 2 * Math.PI);
  context.lineWidth = 2;
  context.strokeStyle = color;
  context.stroke();
}

const dragBegins = 3;

/**
 * What the mouse points at is found by reading back from the GPU, which waits for it. While the map is dragged nobody points at anything: a pane over it
 * keeps the moves from being looked at, and the map follows them all the same.
 */
function shieldWhileDragged(sigma: Sigma, container: HTMLElement): void {
  const pane = document.createElement("div");
  pane.className = "map-shield";
  pane.hidden = true;
  container.append(pane);
  let moves = -1;
  const captor = sigma.getMouseCaptor();
  captor.on("mousedown", () => {
    moves = 0;
  });
  captor.on("mousemovebody", () => {
    if (moves < 0) return;
    moves++;
    if (moves > dragBegins) pane.hidden = false;
  });
  captor.on("mouseup", () => {
    moves = -1;
    pane.hidden = true;
  });
}

/** @param onChoose an item was clicked */
export function drawMap(container: HTMLElement, map: ItemMap, onChoose: (id: string) => void): DrawnMap {
  const graph = graphOf(map);
  const places = new Map(map.ids.map((id, item) => [id, item]));
  const sigma = new Sigma(graph, container, {
    hideEdgesOnMove: true,
    hideLabelsOnMove: true,
    enableCameraRotation: false,
    defaultEdgeType: "line",
    edgeProgramClasses: { line: EdgeLineProgram },
    nodeProgramClasses: { circle: NodePointProgram },
    defaultDrawNodeHover: drawHover,
    labelFont: "system-ui, sans-serif",
    labelSize: 13,
    labelRenderedSizeThreshold: map.ids.length > 5000 ? 6 : 10,
    labelDensity: 0.6,
    minCameraRatio: 0.01,
    maxCameraRatio: 2,
  });
  shieldWhileDragged(sigma, container);
  sigma.on("clickNode", ({ node }) => onChoose(node));
  const camera = sigma.getCamera();
  const edgesOf = edgesByItem(map);
  const crowded = map.edges.from.length > mostEdges;
  let chosen: string | undefined;
  let lit: ReadonlySet<string> = new Set();
  let look: Look | undefined;

  const idOf = (item: number | undefined): string => map.ids[item ?? -1] ?? "";
  const edgeColour = (e: number): string => {
    if (look === undefined) return "#888888";
    const modality = map.edges.modality[e] ?? -1;
    return (look.edgesByModality ? look.modalityColours[modality] : undefined) ?? faint(look.isDark);
  };
  const nodeColour = (id: string): string => {
    if (look === undefined) return "#888888";
    const { groups, only, isDark } = look;
    const group = groups.of[places.get(id) ?? -1] ?? -1;
    const out = group < 0 || (only >= 0 && group !== only);
    return out ? faint(isDark) : (groups.groups[group]?.colour ?? faint(isDark));
  };
  const joinedTo = (id: string): readonly string[] =>
    (edgesOf[places.get(id) ?? -1] ?? []).flatMap((e) => [idOf(map.edges.from[e]), idOf(map.edges.to[e])]);
  // Whatever changes is told by these two, and the graph itself stays as it is but for the edges that are shown.
  sigma.setSetting("nodeReducer", (id, data) => ({
    ...data,
    color: nodeColour(id),
    highlighted: lit.has(id),
    forceLabel: lit.has(id),
  }));
  sigma.setSetting("edgeReducer", (key, data) => ({ ...data, color: edgeColour(Number(key)) }));
  const inSight = (): readonly number[] => {
    const { width, height } = sigma.getDimensions();
    const [a, b] = [sigma.viewportToGraph({ x: 0, y: 0 }), sigma.viewportToGraph({ x: width, y: height })];
    const found: number[] = [];
    for (let item = 0; item < map.ids.length && found.length <= mostInSight; item++) {
      const [x, y] = [map.x[item] ?? 0, map.y[item] ?? 0];
      if (x >= Math.min(a.x, b.x) && x <= Math.max(a.x, b.x) && y >= Math.min(a.y, b.y) && y <= Math.max(a.y, b.y)) {
        found.push(item);
      }
    }
    return found.length <= mostInSight ? found : [];
  };
  const showEdges = (): void => {
    const items = crowded ? inSight() : map.ids.keys();
    const wanted = new Set<number>();
    for (const item of items) for (const e of edgesOf[item] ?? []) wanted.add(e);
    if (chosen !== undefined) for (const e of edgesOf[places.get(chosen) ?? -1] ?? []) wanted.add(e);
    const gone = graph.edges().filter((key) => !wanted.delete(Number(key)));
    for (const key of gone) graph.dropEdge(key);
    for (const e of wanted) {
      const ends = [idOf(map.edges.from[e]), idOf(map.edges.to[e])] as const;
      graph.addEdgeWithKey(String(e), ...ends, { size: 0.6 });
    }
    sigma.refresh();
  };
  let resting: ReturnType<typeof setTimeout> | undefined;
  if (crowded) {
    camera.on("updated", () => {
      clearTimeout(resting);
      resting = setTimeout(showEdges, restMilliseconds);
    });
  }
  showEdges();

  const colour = (next: Look): void => {
    look = next;
    sigma.setSetting("labelColor", { color: getComputedStyle(container).color });
    sigma.refresh();
  };
  return {
    colour,
    choose: (id) => {
      chosen = id !== undefined && graph.hasNode(id) ? id : undefined;
      lit = new Set(chosen === undefined ? [] : [chosen, ...joinedTo(chosen)]);
      showEdges();
      if (chosen === undefined) return;
      const at = sigma.getNodeDisplayData(chosen);
      if (at !== undefined) {
        void camera.animate(
          { x: at.x, y: at.y, ratio: Math.min(camera.ratio, closeRatio) },
          { duration: moveMilliseconds },
        );
      }
    },
    zoom: (direction) => {
      if (direction === "in") void camera.animatedZoom({ duration: moveMilliseconds });
      else if (direction === "out") void camera.animatedUnzoom({ duration: moveMilliseconds });
      else void camera.animatedReset({ duration: moveMilliseconds });
    },
    move: (x, y) => {
      void camera.animate(
        { x: camera.x + x * camera.ratio, y: camera.y + y * camera.ratio },
        { duration: moveMilliseconds / 2 },
      );
    },
    close: () => {
      clearTimeout(resting);
      sigma.kill();
    },
  };
}
