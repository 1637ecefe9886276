# The workflow on Intel's Gaudi image. Build it from the project's folder:
#   docker build -f containers/hpu.Dockerfile -t dcgan-hpu .
# First-generation Gaudi (AWS DL1) ends at release 1.21, which has PyTorch 2.6:
#   docker build -f containers/hpu.Dockerfile --build-arg RELEASE=1.21.0 --build-arg PYTORCH=2.6.0 ...
# Never built by us, nor ever run on a Gaudi; docs/containers.md says what was checked instead.
ARG RELEASE=1.24.1
ARG PYTORCH=2.11.0
# The release and PyTorch are in the image's path; the tag only counts Intel's builds of it.
# hadolint ignore=DL3007
FROM vault.habana.ai/gaudi-docker/${RELEASE}/ubuntu24.04/habanalabs/pytorch-installer-${PYTORCH}:latest

# The distribution's archive keeps no old versions, so pinning its packages would break the build.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/dcgan
COPY requirements-hpu.txt ./
# The environment sees Intel's PyTorch and bridge and leaves them as they are: asked for their
# versions, it must name the image's. The project is mounted when the image runs, so dcgan is a
# link into the mount.
RUN python3 -m venv --system-site-packages .venv \
 && .venv/bin/python -m pip install --no-cache-dir --no-deps -r requirements-hpu.txt \
 && ask="from importlib.metadata import version as v; print(v('torch'), v('habana-torch-plugin'))" \
 && test "$(.venv/bin/python -c "$ask")" = "$(python3 -c "$ask")" \
 && ln -s /project/workflow/dcgan .venv/bin/dcgan
ENV PATH=/opt/dcgan/.venv/bin:$PATH \
    PYTHONNOUSERSITE=1

WORKDIR /project
CMD ["snakemake", "--profile", "hpu"]
