# The workflow on PyTorch's own CUDA image. Build it from the project's folder:
#   docker build -f containers/gpu.Dockerfile -t dcgan-gpu .
# Never built by us; docs/containers.md says what was checked instead.
ARG PYTORCH=2.14.1-cuda12.6-cudnn9-runtime
FROM pytorch/pytorch:${PYTORCH}

# The distribution's archive keeps no old versions, so pinning its packages would break the build.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git python3-venv \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/dcgan
COPY requirements-hpu.txt ./
# The environment sees the image's PyTorch and leaves it as it is. The project is mounted when the
# image runs, so dcgan is a link into the mount.
RUN python3 -m venv --system-site-packages .venv \
 && .venv/bin/python -m pip install --no-cache-dir --no-deps -r requirements-hpu.txt \
 && .venv/bin/python -c "import torch, torchvision" \
 && ln -s /project/workflow/dcgan .venv/bin/dcgan
ENV PATH=/opt/dcgan/.venv/bin:$PATH \
    PYTHONNOUSERSITE=1

WORKDIR /project
CMD ["snakemake", "--profile", "gpu"]
