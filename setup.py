"""The one build step that pyproject.toml cannot say: the dashboard goes into the package.

app.py, pages/ and assets/ lie beside deepfreq_core in a checkout, where Streamlit and people look
for them. In what is built they lie in deepfreq_core/_bundle; `settings.project` finds both.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLED = ("app.py", "requirements.txt", "pages/*.py", "assets/**/*", ".streamlit/config.toml")


class BuildWithDashboard(build_py):
    """Python files as ever, then the bundle; an editable install finds all of it where it is."""

    def run(self) -> None:
        """Build."""
        super().run()
        for source, target in self._bundle().items():
            self.mkpath(str(Path(target).parent))
            self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Files that a build makes."""
        return [*super().get_outputs(include_bytecode), *self._bundle().values()]

    def get_source_files(self) -> list[str]:
        """Files that a build needs: they go into the source distribution."""
        return [*super().get_source_files(), *_sources()]

    def _bundle(self) -> dict[str, str]:
        if self.editable_mode:
            return {}
        into = Path(self.build_lib, "deepfreq_core", "_bundle")
        return {source: str(into / source) for source in _sources()}


def _sources() -> list[str]:
    found = (path for pattern in BUNDLED for path in Path().glob(pattern))
    return sorted(str(path) for path in found if path.is_file() and path.suffix != ".pyc")


setup(cmdclass={"build_py": BuildWithDashboard})
