/** A real Graphite: its own web application over whisper files that its own library wrote. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { Binary, freePort } from "./binary.ts";

/** Debian's Python, whatever else is called so. */
export const PYTHON = "/usr/bin/python3";

export const isGraphiteAbsent = (): boolean => {
  const found = spawnSync(PYTHON, ["-c", "import graphite, whisper"]).status === 0;
  if (found || process.env["CI"] === "true") return false;
  process.stderr.write("left out: there is no Graphite here (apt-get install graphite-web graphite-carbon)\n");
  return true;
};

const settings = (dir: string) => `
import logging
SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["*"]
CONF_DIR = STORAGE_DIR = WHISPER_DIR = LOG_DIR = "${dir}"
STANDARD_DIRS = ["${dir}"]
INDEX_FILE = "${dir}/index"
CARBONLINK_HOSTS = []
LOG_ROTATION = False
LOG_FILE_INFO = LOG_FILE_EXCEPTION = LOG_FILE_CACHE = LOG_FILE_RENDERING = "-"
MEMCACHE_HOSTS = []
DATABASES = {"default": {"NAME": "${dir}/graphite.db", "ENGINE": "django.db.backends.sqlite3"}}
DEFAULT_CACHE_DURATION = 0
FIND_CACHE_DURATION = 0
`;

/** Points as {"path": [[epoch seconds, value], ...]}, ten seconds apart. */
const program = `
import json, os, sys
from wsgiref.simple_server import make_server
import whisper
dir, port = sys.argv[1], int(sys.argv[2])
for path, points in json.load(open(os.path.join(dir, "points.json"))).items():
    file = os.path.join(dir, *path.split(".")) + ".wsp"
    os.makedirs(os.path.dirname(file), exist_ok=True)
    whisper.create(file, [(10, 8640)])
    whisper.update_many(file, points)
sys.path.insert(0, dir)
os.environ["GRAPHITE_SETTINGS_MODULE"] = "own_settings"
os.environ["DJANGO_SETTINGS_MODULE"] = "graphite.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", "--run-syncdb", verbosity=0)
from graphite.wsgi import application
make_server("127.0.0.1", port, application).serve_forever()
`;

export type Points = Readonly<Record<string, readonly (readonly [seconds: number, value: number])[]>>;

export async function startGraphite(points: Points): Promise<{ readonly address: string; readonly binary: Binary }> {
  const binary = new Binary();
  const { dir } = binary;
  writeFileSync(join(dir, "own_settings.py"), settings(dir));
  writeFileSync(join(dir, "points.json"), JSON.stringify(points));
  writeFileSync(join(dir, "serve.py"), program);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const ready = async () => {
    const { status } = await fetch(`${address}/render?target=constantLine(1)&format=json`);
    if (status !== 200) throw new Error(`answered ${status}`);
  };
  await binary.start(PYTHON, [join(dir, "serve.py"), dir, String(port)], ready);
  return { address, binary };
}
