"""Cases of CH7xx."""

from doctor_cases import Case, requirements

FILE = "requirements.txt"
RUN = "#!/bin/sh\n{}charter image start --workers 2\n"

CASES = (
    Case("CH701", requirements("torch==2.5"), FILE, requirements("scipy>=1"), says="torch 4.8 GB"),
    Case(
        "CH702",
        requirements("torch==2.5"),
        f"{FILE}:2",
        requirements("torch==2.5+cpu", "tensorflow-cpu>=2"),
    ),
    Case(
        "CH702",
        requirements("tensorflow>=2"),
        f"{FILE}:2",
        requirements("tensorflow>=2; sys_platform != 'linux'"),
        says="Write tensorflow-cpu",
    ),
    Case(
        "CH703",
        requirements("opencv-python>=4"),
        f"{FILE}:2",
        requirements("opencv-python-headless>=4"),
        says="Take opencv-python-headless.",
    ),
    Case("CH704", requirements("pytest>=8"), f"{FILE}:2", requirements("scipy>=1")),
    Case("CH704", requirements("gunicorn>=8"), f"{FILE}:2", requirements("uvicorn>=0.30")),
    Case(
        "CH705",
        {"Dockerfile": "FROM python:3.12\nCMD python app.py\n"},
        "Dockerfile:2",
        {"Dockerfile": "FROM python:3.12\nRUN pip install charter\nCMD charter serve .\n"},
    ),
    Case(
        "CH706",
        {".s2i/bin/run": "#!/bin/sh\nexec python app.py\n"},
        ".s2i/bin/run",
        {".s2i/bin/run": RUN.format("exec ")},
    ),
    Case(
        "CH707",
        {".s2i/bin/run": RUN.format("")},
        ".s2i/bin/run:2",
        {".s2i/bin/run": RUN.format("exec ")},
    ),
)
