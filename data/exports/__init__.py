"""Files for other programs: any list or layer of a scope as CSV, XLSX, GeoPackage or (Geo)Parquet."""

from data.exports.contents import EXPORTS, FORMATS, Content, Export, open_content

__all__ = ["EXPORTS", "FORMATS", "Content", "Export", "open_content"]
