# The app as a Hugging Face Space (README.md says sdk: docker), and as a container anywhere else:
#   docker build -t polydesign . && docker run -p 7860:7860 polydesign
FROM python:3.11-slim-bookworm

# What the wheels of RDKit (X11 libraries, even to draw SVG) and LightGBM (OpenMP) take from the system.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libexpat1 libgomp1 libxext6 libxrender1 \
    && rm -rf /var/lib/apt/lists/*

# The same pins as everywhere. On x86 PyTorch brings gigabytes of CUDA along, unless pip is told where its builds without
# lie: docker build --build-arg PIP_EXTRA_INDEX_URL=ADDRESS; in a Space, a variable of that name in its settings.
ARG PIP_EXTRA_INDEX_URL=""
COPY requirements.txt /app/requirements.txt
RUN pip install --no-cache-dir -r /app/requirements.txt

# The app belongs to root and is only read; all that is written lies in the home of the user who runs it.
RUN useradd --create-home --uid 1000 user && install --directory --owner=1000 --group=1000 /home/user/tmp
COPY . /app
RUN python -m compileall -q /app/app.py /app/pages /app/polydesign

USER 1000
WORKDIR /app
ENV HOME=/home/user \
    TMPDIR=/home/user/tmp \
    HF_HOME=/home/user/.cache/huggingface \
    XDG_CACHE_HOME=/home/user/.cache \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/_stcore/health', timeout=4)"]

# A Space is shown in a frame of another site, where browsers keep the cookie back that the protection compares a
# header with: every upload would be refused. There is no login here that another site could abuse.
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.port=7860", "--server.address=0.0.0.0", \
     "--server.headless=true", "--server.fileWatcherType=none", "--server.enableXsrfProtection=false"]
