"""Cases of CH3xx."""

from doctor_cases import Case, predict, requirements

FILE = "requirements.txt"
FOREST = {"forest.pkl": b"csklearn.ensemble._forest\nRandomForestClassifier\n."}

CASES = (
    Case(
        "CH301",
        predict(head="import yaml, skimage"),
        "Model.py:1",
        {**predict(head="import yaml, skimage"), **requirements("PyYAML", "scikit_image")},
        says="Add scikit-image to requirements.txt.",
    ),
    Case(
        "CH301",
        {**predict(head="import rows"), "rows.py": "def f():\n    from PIL import Image\n"},
        "rows.py:2",
        {
            **predict(head="import rows\nimport rows.more"),
            "rows.py": "try:\n    import ujson\nexcept ImportError:\n    pass\n",
        },
        says="Add pillow",
    ),
    Case(
        "CH301",
        predict(head="import features_of_ours"),
        "Model.py:1",
        {**predict(head="import features_of_ours"), "features_of_ours.py": "SCALE = 2\n"},
        says="if features_of_ours is code of yours, features_of_ours.py",
    ),
    Case(
        "CH301",
        {**predict(head="from google.cloud import storage"), FILE: None},
        "Model.py:1",
        {
            **predict(head="from google.cloud import storage"),
            **requirements("google-cloud-storage"),
        },
        says="Add google-cloud-storage",
    ),
    Case(
        "CH301",
        predict(head="import cv2"),
        "Model.py:1",
        {**predict(head="import cv2"), **requirements("opencv-contrib-python>=4")},
        says="Add opencv-python-headless",
    ),
    Case(
        "CH301",
        predict(head="import requests"),
        "Model.py:1",
        predict(
            head="import json, os.path\nfrom seldon_core.user_model import SeldonComponent\n"
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas"
        ),
    ),
    Case(
        "CH302",
        {**predict(head="import scipy"), **requirements("scikit-learn>=1.4")},
        "Model.py:1",
        {**predict(head="import scipy"), **requirements("scikit-learn>=1.4", "scipy>=1")},
        says="scipy comes with scikit-learn alone",
    ),
    Case(
        "CH302",
        {**predict(head="import numpy"), FILE: ""},
        "Model.py:1",
        predict(head="import numpy"),
        says="numpy comes with charter alone",
    ),
    Case(
        "CH303",
        {**predict(head="import pricing"), **requirements("acme-models==3")},
        "Model.py:1",
        {**predict(head="import pricing"), **requirements("acme-models==3", "pricing==1")},
        says="acme-models may",
    ),
    Case(
        "CH304",
        requirements("requests>=2"),
        f"{FILE}:2",
        {**predict(head="import requests, numpy"), **requirements("requests>=2")},
    ),
    Case(
        "CH305",
        {FILE: "numpy\n"},
        f"{FILE}:1",
        {FILE: "numpy==2.1.3\ncharter\n"},
        says="which is installed here",
    ),
    Case(
        "CH306",
        requirements("numpy<1.26"),
        f"{FILE}:2",
        requirements("numpy!=1.26", "numpy<3"),
        says="numpy<1.26 cannot hold together with numpy>=1.26 of line 1",
    ),
    Case(
        "CH306",
        {FILE: "-r more.txt\nscipy==1.10\n", "more.txt": "scipy==1.11\n"},
        f"{FILE}:2",
        {
            FILE: "scipy==1.10; sys_platform == 'win32'\nscipy==1.11; sys_platform == 'linux'\n",
        },
    ),
    Case(
        "CH307", {FILE: "protobuf<4\n"}, f"{FILE}:1", {FILE: "protobuf>=5\n"}, says="Charter needs"
    ),
    Case("CH308", requirements("seldon_core==1.17.1"), f"{FILE}:2", requirements("charter")),
    Case(
        "CH309",
        requirements("--extra-index-url https://me:word@pypi.acme.example/simple"),
        f"{FILE}:2",
        requirements("--extra-index-url https://pypi.acme.example/simple"),
    ),
    Case(
        "CH310",
        requirements("-i https://pypi.acme.example/simple"),
        f"{FILE}:2",
        requirements("--prefer-binary"),
    ),
    Case(
        "CH311",
        requirements("-e ../shared", "acme @ file:///home/me/acme-1.0-py3-none-any.whl"),
        f"{FILE}:2",
        {
            **requirements("./whl/acme-1.0-py3-none-any.whl", "-e ./lib"),
            "whl/acme-1.0-py3-none-any.whl": "",
            "lib/setup.py": "",
        },
    ),
    Case(
        "CH312",
        requirements("acme @ git+https://me:word@host.example/acme.git@v1"),
        f"{FILE}:2",
        requirements("acme @ https://host.example/acme/archive/v1.zip"),
        says="git+https://host.example/acme.git@v1",
    ),
    Case("CH313", requirements("numpy=1.26"), f"{FILE}:2", requirements("scipy>=1  # a word")),
    Case(
        "CH314",
        requirements("-r base.txt"),
        f"{FILE}:2",
        {**requirements("-r base.txt"), "base.txt": "# none\n"},
    ),
    Case(
        "CH315",
        {FILE: None, "environment.yml": "dependencies: [numpy]\n"},
        "environment.yml",
        {"environment.yml": "dependencies: [numpy]\n"},
    ),
    Case(
        "CH316",
        requirements("sklearn"),
        f"{FILE}:2",
        requirements("scikit-learn"),
        says="Write scikit-learn in place of sklearn.",
    ),
    Case(
        "CH317",
        {**predict(head="from .rows import f"), "rows.py": "f = 1\n"},
        "Model.py:1",
        {
            **predict(head="from rows import f"),
            "rows/__init__.py": "from .more import f\nfrom . import more\n",
            "rows/more.py": "f = 1\n",
        },
        says="Write rows without the dot.",
    ),
    Case(
        "CH317",
        {**predict(head="import rows"), "rows/__init__.py": "from .gone import f\n"},
        "rows/__init__.py:1",
        {**predict(head="import rows"), "rows/__init__.py": "from . import x\n"},
    ),
    Case(
        "CH318",
        predict(head="from distutils.version import LooseVersion"),
        "Model.py:1",
        predict(head="try:\n    import imp\nexcept ImportError:\n    imp = None"),
        says="distutils went with Python 3.12",
    ),
    Case(
        "CH319",
        FOREST,
        "forest.pkl",
        {
            **FOREST,
            "rows.pkl": b"crows\nRows\n.",
            "rows.py": "class Rows: pass\n",
            **requirements("scikit-learn==1.4"),
        },
        says="Add scikit-learn",
    ),
    Case(
        "CH304",
        {**requirements("scikit-learn==1.4"), "rows.pkl": b"crows\nRows\n."},
        f"{FILE}:2",
        {
            **requirements("scikit-learn==1.4"),
            **predict(head="import numpy, pickle", load="self.forest = pickle.load(self.file)"),
        },
    ),
    Case("CH316", requirements("pickle"), f"{FILE}:2", requirements("cloudpickle")),
)
